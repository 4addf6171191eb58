#include "issuance/registry/attestation_book.h"

#include "issuance/registry/rows.h"
#include "pki/base/core/error.h"

namespace registry {

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

void AttestationBook::each(base::Moment from, base::Moment until,
                           const std::function<void(const attestation::Confirmed&)>& tell) {
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
          .at = stored_moment(rows.text(7))});
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

}  // namespace registry
