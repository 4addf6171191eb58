#include "issuance/registry/attestation_book.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pki/base/core/error.h"

namespace registry {

namespace {

using attestation::Confirmed;

std::int64_t key_of(std::string_view number) {
  std::int64_t key = 0;
  std::from_chars(number.data(), number.data() + number.size(), key);
  return key;
}

base::Moment moment_of(const std::string& text) {
  const auto moment = base::parse_rfc3339(text);
  base::ensure(moment.has_value(), "the register wrote a time as RFC 3339 has it");
  return *moment;
}

// Two officers who confirmed the same person's nationality met.
void add_meetings(attestation::AnomalySearch& search, const std::vector<Confirmed>& of_one_number) {
  for (std::size_t i = 0; i < of_one_number.size(); ++i) {
    for (std::size_t j = i + 1; j < of_one_number.size(); ++j) {
      const Confirmed &a = of_one_number[i], &b = of_one_number[j];
      search.add_meeting(a.number, a.officer, a.office, b.officer, b.office);
    }
  }
}

bool application_followed(AccessBook& accesses, const CitizenNumber& number, base::Moment corrected) {
  const auto looks = accesses.accesses(number);
  return std::ranges::any_of(looks, [&](const KeptAccess& look) {
    return look.access.operation == "answer" && look.access.purpose == "issuance" && look.at > corrected &&
           look.at <= corrected + attestation::kShortly;
  });
}

struct Place {
  std::string office = "-", force = "operators";
};
Place place_of(const attestation::OfficerBook& officers, const std::string& person) {
  for (const attestation::Officer& officer : officers.all()) {
    if (officer.person == person || officer.account == person) return {officer.office, officer.force};
  }
  return {};
}

void add_corrections(attestation::AnomalySearch& search, Store& store, AccessBook& accesses,
                     const attestation::OfficerBook& officers, base::Moment from, base::Moment until) {
  auto rows = store.database().prepare(
      "SELECT number, asked_by, decided_by, decided_at FROM corrections WHERE state = 'accepted' AND decided_at >= ?1 "
      "AND decided_at < ?2 ORDER BY number");
  rows.with(base::to_rfc3339(from), base::to_rfc3339(until));
  while (rows.step()) {
    const std::int64_t key = rows.integer(0);
    const std::string asked_by = rows.text(1), decided_by = rows.text(2);
    const auto number = CitizenNumber::parse(fmt::format("{:012}", key));
    base::ensure(number.has_value(), "the register keeps numbers of twelve digits");
    const Place place = place_of(officers, decided_by), asked_at = place_of(officers, asked_by);
    search.add(attestation::Corrected{key, place.office, place.force, decided_by,
                                      application_followed(accesses, *number, moment_of(rows.text(3)))});
    search.add_meeting(key, asked_by, asked_at.office, decided_by, place.office);
  }
}

}  // namespace

base::Findings AttestationBook::add(const std::string& jws, evidence::Log& log, base::Random& random) {
  const auto opened = attestation::open(jws, officers_);
  if (const auto* const refused = std::get_if<base::Findings>(&opened)) return *refused;
  const auto& [content, person, sha256] = std::get<attestation::Opened>(opened);
  const auto number = CitizenNumber::parse(content.number);
  base::ensure(number.has_value(), "an attestation that was opened has a number");
  base::Findings findings;

  db::Connection& database = store_.database();
  db::Transaction change(database);
  database.lock(key_of(content.number));
  auto known = database.prepare("SELECT 1 FROM attestations WHERE number = ?1 AND sha256 = ?2");
  if (known.with(key_of(content.number), sha256).step()) return findings;
  known.reset();
  attestation::check_time(content, clock_.now(), findings);
  const auto subject = store_.person(*number);
  if (!subject) findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
  if (findings.failed()) return findings;

  const auto commitment = evidence::commit(content.number, random);
  database
      .prepare(
          "INSERT INTO attestations(number, sha256, kind, late, office, force, person, evidence, at, statement, salt, "
          "added_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")
      .run(key_of(content.number), sha256, content.kind, std::int64_t{0}, content.office, content.force, person,
           content.evidence, base::to_rfc3339(content.at), jws, commitment.salt, base::to_rfc3339(clock_.now()));
  // Whether it is late is not the officer's word alone, and the first birth statement decides for all of them.
  const auto statements = opened_statements(database, *number, officers_);
  const auto from = store_.source(store_.find(*number)->source);
  const auto batch = from ? from->attested : std::vector<document::Attested>{};
  for (const auto& row : attestation::attested(statements, batch, subject->birth)) {
    if (row.late) {
      database.prepare("UPDATE attestations SET late = 1 WHERE number = ?1 AND sha256 = ?2")
          .run(key_of(content.number), row.statement_sha256);
    }
  }
  store_.touch(*number);
  log.append("attestation.accepted", {{"account", content.account},
                                      {"force", content.force},
                                      {"kind", content.kind},
                                      {"number_commitment", commitment.value},
                                      {"office", content.office},
                                      {"statement_sha256", sha256}});
  change.commit();
  log.checkpoint();
  return findings;
}

void AttestationBook::each(base::Moment from, base::Moment until, const std::function<void(const Confirmed&)>& tell) {
  auto rows = store_.database().prepare(
      "SELECT number, kind, late, office, force, person, evidence, at FROM attestations WHERE at >= ?1 AND at < ?2 "
      "ORDER BY number");
  rows.with(base::to_rfc3339(from), base::to_rfc3339(until));
  while (rows.step()) {
    tell({.number = rows.integer(0),
          .kind = rows.text(1),
          .late = rows.integer(2) != 0,
          .office = rows.text(3),
          .force = rows.text(4),
          .officer = rows.text(5),
          .evidence = rows.text(6),
          .at = moment_of(rows.text(7))});
  }
}

std::vector<attestation::Opened> opened_statements(db::Connection& database, const CitizenNumber& number,
                                                   const attestation::OfficerBook& officers) {
  std::vector<attestation::Opened> statements;
  auto rows = database.prepare("SELECT statement FROM attestations WHERE number = ?1 ORDER BY at, sha256");
  rows.with(key_of(number.text()));
  while (rows.step()) {
    auto opened = attestation::open(rows.text(0), officers);
    auto* const statement = std::get_if<attestation::Opened>(&opened);
    if (statement != nullptr && statement->content.number == number.text()) statements.push_back(std::move(*statement));
  }
  return statements;
}

std::vector<document::Attested> Store::attestations(const CitizenNumber& number, std::int64_t source_id) {
  const auto from = source(source_id);
  const auto batch = from ? from->attested : std::vector<document::Attested>{};
  if (officers_file_.empty() || !is_there("SELECT 1 FROM attestations WHERE number = ?1", key_of(number.text())))
    return batch;
  const auto subject = person(number);
  if (!subject) return batch;
  const auto officers = attestation::OfficerBook::read(officers_file_);
  return attestation::attested(opened_statements(database_, number, officers), batch, subject->birth);
}

attestation::AnomalyReport anomaly_report(Store& store, AccessBook& accesses, const attestation::OfficerBook& officers,
                                          const base::Clock& clock, base::Moment from, base::Moment until) {
  attestation::AnomalySearch search;
  std::vector<Confirmed> of_one_number;  // citizenship
  AttestationBook(store, officers, clock).each(from, until, [&](const Confirmed& confirmed) {
    search.add(confirmed);
    if (!of_one_number.empty() && of_one_number.front().number != confirmed.number) {
      add_meetings(search, of_one_number);
      of_one_number.clear();
    }
    if (confirmed.kind == "citizenship") of_one_number.push_back(confirmed);
  });
  add_meetings(search, of_one_number);
  add_corrections(search, store, accesses, officers, from, until);
  return search.report();
}

}  // namespace registry
