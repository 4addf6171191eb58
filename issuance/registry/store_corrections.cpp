// Watch list, corrections and sources.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/registry/history.h"
#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr std::string_view kSelectCorrections =
    "SELECT number, id, field, stood, wanted, case_id, asked_by, basis, state, decided_by, asked_at FROM corrections ";

Correction correction_of_row(const db::Statement& row) {
  return {.id = row.text(1),
          .number = number_from(row.integer(0)),
          .field = row.text(2),
          .before = row.text(3),
          .wanted = row.text(4),
          .case_id = row.text(5),
          .asked_by = row.text(6),
          .basis = row.text(7),
          .state = row.text(8),
          .decided_by = row.text(9),
          .asked_at = stored_moment(row.text(10))};
}

Event event_of(const Correction& correction, base::Date today) {
  return {.kind = correction_of(correction.field).value(),
          .on = today,
          .id = correction.id,
          .basis = correction.basis,
          .changes = {{correction.field, {correction.before, correction.wanted}}},
          .other = {},
          .recorded_at = {}};
}

json to_json(const document::Attested& a) {
  return {
      {"kind", a.kind},       {"late", a.late},         {"office", a.office}, {"force", a.force},
      {"officer", a.officer}, {"evidence", a.evidence}, {"on", a.on},         {"statement_sha256", a.statement_sha256}};
}

document::Attested attested_from(const json& a) {
  return {.kind = a.at("kind"),
          .late = a.at("late"),
          .office = a.at("office"),
          .force = a.at("force"),
          .officer = a.at("officer"),
          .evidence = a.at("evidence"),
          .on = a.at("on"),
          .statement_sha256 = a.at("statement_sha256")};
}

}  // namespace

bool is_watch_kind(std::string_view text) {
  return text == "biometric-hit" || text == "identity-fraud" || text == "wanted";
}

std::vector<WatchEntry> Store::watch_list(const CitizenNumber& number) {
  std::vector<WatchEntry> out;
  db::Statement& rows = statement("SELECT kind, officer, basis, since FROM watch WHERE number = ?1 ORDER BY kind");
  rows.with(key_of(number));
  while (rows.step()) out.push_back({rows.text(0), rows.text(1), rows.text(2), stored_moment(rows.text(3))});
  return out;
}

void Store::write_watch(const CitizenNumber& number, const WatchEntry& entry) {
  statement("INSERT INTO watch(number, kind, officer, basis, since) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
      .run(key_of(number), entry.kind, entry.officer, entry.basis, base::to_rfc3339(entry.since));
}

base::Findings Store::add_watch(const CitizenNumber& number, const WatchEntry& entry) {
  base::ensure(is_watch_kind(entry.kind), "a kind of watch is checked before it is recorded");
  base::Findings findings;
  NumberChange change(*this, number);
  if (!exists(number)) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    return findings;
  }
  if (is_there("SELECT 1 FROM watch WHERE number = ?1 AND kind = ?2", key_of(number), entry.kind)) return findings;
  write_watch(number, entry);
  touch(number);
  change.commit();
  return findings;
}

base::Findings Store::remove_watch(const CitizenNumber& number, const std::string& kind) {
  base::Findings findings;
  NumberChange change(*this, number);
  if (!exists(number)) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
  } else if (statement("DELETE FROM watch WHERE number = ?1 AND kind = ?2").run(key_of(number), kind) > 0) {
    touch(number);
    change.commit();
  }
  return findings;
}

base::Findings Store::request_correction(const CitizenNumber& number, const std::string& field,
                                         const std::string& wanted, const std::string& case_id,
                                         const std::string& asked_by, const std::string& basis) {
  base::Findings findings;
  if (!correction_of(field)) {
    findings.fail("CORRECTION_FIELD", "field", "It is no field of a person, or one that is never corrected.");
    return findings;
  }
  NumberChange change(*this, number);
  const auto row = kept(number);
  if (!row) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    return findings;
  }
  Correction asked{.id = short_id('c', json{number.text(), case_id, field, wanted}.dump()),
                   .number = number,
                   .field = field,
                   .before = *field_of(row->person, field),
                   .wanted = wanted,
                   .case_id = case_id,
                   .asked_by = asked_by,
                   .basis = basis,
                   .state = "open",
                   .decided_by = {},
                   .asked_at = clock_->now()};
  if (is_there("SELECT 1 FROM corrections WHERE number = ?1 AND id = ?2", key_of(number), asked.id)) return findings;
  if (asked.before == wanted) {
    findings.fail("CORRECTION_NEEDLESS", field, "The register holds this value already.");
    return findings;
  }
  check_event(event_of(asked, clock_->today()), row->person, events(number), clock_->today(), findings);
  if (findings.failed()) return findings;
  statement(
      "INSERT INTO corrections(number, id, field, stood, wanted, case_id, basis, asked_by, asked_at, state, "
      "decided_by, decided_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', '', '')")
      .run(key_of(number), asked.id, field, asked.before, wanted, case_id, basis, asked_by,
           base::to_rfc3339(asked.asked_at));
  change.commit();
  return findings;
}

std::vector<Correction> Store::corrections(const CitizenNumber& number) {
  std::vector<Correction> out;
  static const std::string kSql = std::string(kSelectCorrections) + "WHERE number = ?1 ORDER BY asked_at, id";
  db::Statement& rows = statement(kSql);
  rows.with(key_of(number));
  while (rows.step()) out.push_back(correction_of_row(rows));
  return out;
}

std::vector<Correction> Store::open_corrections(int limit) {
  std::vector<Correction> out;
  static const std::string kSql =
      std::string(kSelectCorrections) + "WHERE state = 'open' ORDER BY asked_at, id LIMIT ?1";
  db::Statement& rows = statement(kSql);
  rows.with(limit);
  while (rows.step()) out.push_back(correction_of_row(rows));
  return out;
}

base::Findings Store::decide_correction(const std::string& id, bool accept, const std::string& officer) {
  base::Findings findings;
  static const std::string kSql = std::string(kSelectCorrections) + "WHERE id = ?1";
  const auto look = [&]() -> std::optional<Correction> {
    db::Statement& row = statement(kSql);
    if (!row.with(id).step()) return std::nullopt;
    Correction found = correction_of_row(row);
    row.reset();
    return found;
  };
  const auto asked = look();
  if (!asked) {
    findings.fail("CORRECTION_NOT_FOUND", "correction", "The register does not know this request.");
    return findings;
  }
  const std::string decision = accept ? "accepted" : "refused";
  NumberChange change(*this, asked->number);
  const Correction now = *look();
  if (now.state == decision && now.decided_by == officer) return findings;
  if (now.state != "open") {
    findings.fail("CORRECTION_DECIDED", "correction", "It was decided before.");
  } else if (now.asked_by == officer) {
    findings.fail("CORRECTION_SAME_OFFICER", "officer", "Who asks for a correction does not decide about it.");
  } else if (accept) {
    apply(now.number, event_of(now, clock_->today()), findings);
  } else {
    touch(now.number);
  }
  if (findings.failed()) return findings;
  statement("UPDATE corrections SET state = ?3, decided_by = ?4, decided_at = ?5 WHERE number = ?1 AND id = ?2")
      .run(key_of(now.number), id, decision, officer, base::to_rfc3339(clock_->now()));
  change.commit();
  return findings;
}

std::int64_t Store::add_source(const Source& source) {
  json attested = json::array();
  for (const document::Attested& a : source.attested) attested.push_back(to_json(a));
  db::Transaction change(database_);
  database_.lock(-1);  // of all sources
  statement(
      "INSERT INTO sources(id, name, attested, statement, added_at) SELECT COALESCE(MAX(id), 0) + 1, CAST(?1 AS TEXT), "
      "CAST(?2 AS TEXT), CAST(?3 AS TEXT), CAST(?4 AS TEXT) FROM sources WHERE true ON CONFLICT DO NOTHING")
      .run(source.name, attested.dump(), source.statement, base::to_rfc3339(clock_->now()));
  db::Statement& row = statement("SELECT id FROM sources WHERE statement = ?1");
  base::ensure(row.with(source.statement).step(), "a source that was added is there");
  const std::int64_t id = row.integer(0);
  row.reset();
  change.commit();
  return id;
}

std::optional<Source> Store::source(std::int64_t id) {
  db::Statement& row = statement("SELECT name, attested, statement FROM sources WHERE id = ?1");
  if (!row.with(id).step()) return std::nullopt;
  Source found{.id = id, .name = row.text(0), .attested = {}, .statement = row.text(2)};
  for (const json& a : json::parse(row.text(1))) found.attested.push_back(attested_from(a));
  row.reset();
  return found;
}

}  // namespace registry
