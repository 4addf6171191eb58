// The store itself, and the rows of persons. Statements are prepared once; what they say of both engines is in
// pki/base/db/connection.h.

#include "issuance/registry/store.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/registry/folded.h"
#include "issuance/registry/rows.h"
#include "issuance/registry/schema.h"
#include "issuance/registry/spread.h"
#include "pki/base/core/error.h"
#include "smartcard/document/card_order.h"

namespace registry {

using document::Person;

namespace {

constexpr std::string_view kSelectPerson =
    "SELECT number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, place_of_birth, "
    "residence, father, mother, spouse, old_id, cancelled_number, source, version FROM persons WHERE number = ?1";
constexpr std::string_view kHasPerson = "SELECT 1 FROM persons WHERE number = ?1";
constexpr std::string_view kInsertPerson =
    "INSERT INTO persons(number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, "
    "place_of_birth, residence, father, mother, spouse, old_id, cancelled_number, folded, source, version) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18) ON CONFLICT DO NOTHING";
constexpr std::string_view kIndexName = "INSERT INTO persons_names(rowid, folded) VALUES(?1, ?2)";
constexpr std::string_view kUnindexName =
    "INSERT INTO persons_names(persons_names, rowid, folded) VALUES('delete', ?1, ?2)";

std::optional<std::int64_t> cancelled_key(const Person& person) {
  return person.cancelled_number.empty() ? std::nullopt : std::optional(key_of(person.cancelled_number));
}

}  // namespace

Store::Store(db::Connection database, const base::Clock& clock, db::Mode mode)
    : database_(std::move(database)), clock_(&clock) {
  if (database_.engine() == db::Engine::Sqlite) {
    database_.migrate(migrations(), clock);
  } else {
    migrate_postgresql(database_, clock);
    is_spread_ = is_there("SELECT 1 FROM partitions WHERE server <> ''");
  }
  if (mode == db::Mode::ReadOnly) return;
  fold_old_names();
  finish_outbox();
}

Store::NumberChange::NumberChange(Store& store, const CitizenNumber& number) : transaction(store.database_) {
  store.database_.lock(key_of(number));
}

db::Statement& Store::statement(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  return statements_.emplace(sql, database_.prepare(sql)).first->second;
}

Store Store::create(const std::filesystem::path& file, const base::Clock& clock) {
  if (std::filesystem::exists(file)) {
    throw base::Error(base::Fault::FixConfiguration, "making a population register",
                      fmt::format("{} is already there and is not overwritten; move it away first", file.string()));
  }
  return {db::Connection::open(file, db::Mode::Create), clock};
}

Store Store::open(const std::filesystem::path& file, const base::Clock& clock, db::Mode mode) {
  return {db::Connection::open(file, mode), clock, mode};
}

// A file of a release that kept no folded names.
void Store::fold_old_names() {
  if (database_.engine() != db::Engine::Sqlite) return;
  for (;;) {
    db::Transaction change(database_);
    std::vector<std::pair<std::int64_t, std::string>> names;
    db::Statement& rows = statement("SELECT number, full_name FROM persons WHERE folded = '' LIMIT 10000");
    rows.reset();
    while (rows.step()) names.emplace_back(rows.integer(0), folded_name(rows.text(1)));
    if (names.empty()) return;
    for (const auto& [number, folded] : names) {
      statement("UPDATE persons SET folded = ?2 WHERE number = ?1").run(number, folded);
      statement(kIndexName).run(number, folded);
    }
    change.commit();
  }
}

void Store::use_cache(int kibibytes) {
  if (database_.engine() == db::Engine::Sqlite) database_.execute(fmt::format("PRAGMA cache_size = -{}", kibibytes));
}

bool Store::is_empty() {
  return !database_.prepare("SELECT 1 FROM persons LIMIT 1").step();
}

std::int64_t Store::count() {
  db::Statement rows = database_.prepare("SELECT count(*) FROM persons");
  rows.step();
  return rows.integer(0);
}

int Store::server_of(const CitizenNumber& number) {
  if (!is_spread_) return 0;
  db::Statement& row = statement(
      "SELECT dense_rank FROM (SELECT part, dense_rank() OVER (ORDER BY server) - 1 AS dense_rank FROM partitions) AS "
      "p "
      "WHERE satisfies_hash_partition('persons'::regclass, (SELECT count(*)::INTEGER FROM partitions), part, "
      "CAST(?1 AS BIGINT))");
  base::ensure(row.with(key_of(number)).step(), "every number lies in a partition");
  const auto server = static_cast<int>(row.integer(0));
  row.reset();
  return server;
}

bool Store::exists(const CitizenNumber& number) {
  return is_there(kHasPerson, key_of(number));
}

std::optional<Person> Store::person(const CitizenNumber& number) {
  db::Statement& row = statement(kSelectPerson);
  if (!row.with(key_of(number)).step()) return std::nullopt;
  Person found = person_of(row);
  row.reset();
  return found;
}

std::optional<Store::Kept> Store::kept(const CitizenNumber& number) {
  db::Statement& row = statement(kSelectPerson);
  if (!row.with(key_of(number)).step()) return std::nullopt;
  Kept found{person_of(row), row.integer(kPersonWidth), row.integer(kPersonWidth + 1)};
  row.reset();
  return found;
}

std::optional<Store::Cancellation> Store::cancellation(const CitizenNumber& number) {
  db::Statement& row =
      statement("SELECT replaced_by, on_day, person, source, version FROM cancelled WHERE number = ?1");
  if (!row.with(key_of(number)).step()) return std::nullopt;
  Cancellation found{number_from(row.integer(0)), std::nullopt, std::nullopt, row.integer(4)};
  if (!row.text(1).empty()) found.on = stored_date(row.text(1));
  if (!row.text(2).empty()) {
    found.kept = Kept{document::person_from_json(nlohmann::json::parse(row.text(2))), row.integer(3), row.integer(4)};
  }
  row.reset();
  return found;
}

bool Store::is_cancelled(const CitizenNumber& number) {
  return is_there("SELECT 1 FROM cancelled WHERE number = ?1", key_of(number));
}

std::int64_t Store::version_of(const CitizenNumber& number) {
  const auto row = kept(number);
  return row ? row->version : 0;
}

void Store::touch(const CitizenNumber& number) {
  base::ensure(database_.in_transaction(), "a version grows together with what changed");
  if (statement("UPDATE persons SET version = version + 1 WHERE number = ?1").run(key_of(number)) == 0)
    statement("UPDATE cancelled SET version = version + 1 WHERE number = ?1").run(key_of(number));
}

bool Store::insert_person(const Person& p, std::int64_t source, std::int64_t version) {
  const std::int64_t number = key_of(p.number);
  const std::string folded = folded_name(p.full_name);
  const bool is_new = statement(kInsertPerson)
                          .run(number, p.full_name, base::to_iso(p.birth), document::vietnamese(p.sex), p.nationality,
                               p.ethnicity, p.religion, p.place_of_origin, p.place_of_birth, p.residence, p.father,
                               p.mother, p.spouse, p.old_id, cancelled_key(p), folded, source, version) == 1;
  if (is_new && database_.engine() == db::Engine::Sqlite) statement(kIndexName).run(number, folded);
  return is_new;
}

void Store::update_person(const Person& before, const Person& p) {
  const std::int64_t number = key_of(p.number);
  const std::string folded = folded_name(p.full_name), folded_before = folded_name(before.full_name);
  statement(
      "UPDATE persons SET full_name = ?2, birth = ?3, sex = ?4, nationality = ?5, ethnicity = ?6, religion = ?7, "
      "place_of_origin = ?8, place_of_birth = ?9, residence = ?10, father = ?11, mother = ?12, spouse = ?13, "
      "old_id = ?14, folded = ?15 WHERE number = ?1")
      .run(number, p.full_name, base::to_iso(p.birth), document::vietnamese(p.sex), p.nationality, p.ethnicity,
           p.religion, p.place_of_origin, p.place_of_birth, p.residence, p.father, p.mother, p.spouse, p.old_id,
           folded);
  if (database_.engine() != db::Engine::Sqlite || folded == folded_before) return;
  statement(kUnindexName).run(number, folded_before);
  statement(kIndexName).run(number, folded);
}

void Store::remove_person(const Person& person) {
  statement("DELETE FROM persons WHERE number = ?1").run(key_of(person.number));
  if (database_.engine() == db::Engine::Sqlite)
    statement(kUnindexName).run(key_of(person.number), folded_name(person.full_name));
}

// Luật 26/2023 Đ12: a number is never given to another person, a cancelled one neither.
bool Store::may_take(const Person& p, base::Findings& findings) {
  if (is_cancelled(p.number)) {
    findings.fail("NUMBER_CANCELLED", "number", "This number was cancelled; it is never given again.");
    return false;
  }
  if (p.cancelled_number.empty()) return true;
  if (is_there(kHasPerson, key_of(p.cancelled_number))) {
    findings.fail("CANCELLED_NUMBER_LIVE", "cancelled_number",
                  "The number said to be cancelled stands in the register as a person's number.");
    return false;
  }
  return true;
}

Store::Added Store::add(const Person& p, base::Findings& findings, std::int64_t source) {
  base::ensure(database_.in_transaction(), "persons are added inside a transaction");
  if (!may_take(p, findings)) return Added::Refused;
  if (insert_person(p, source, 1)) return Added::New;
  if (person(p.number) == p) return Added::Unchanged;
  findings.fail("NUMBER_TAKEN", "number", "The register holds other data under this number.");
  return Added::Refused;
}

Store::Added Store::register_person(const Person& p, base::Findings& findings, std::int64_t source) {
  const auto cancelled = CitizenNumber::parse(p.cancelled_number);
  if (cancelled && !claim("cancelled", cancelled->text(), p.number)) {
    findings.fail("CANCELLED_NUMBER_TAKEN", "cancelled_number",
                  "Another person already has this number as the cancelled one.");
    return Added::Refused;
  }
  Added added = Added::Refused;
  {
    NumberChange change(*this, p.number);
    added = add(p, findings, source);
    if (added == Added::New && cancelled) send(p.number, "cancelled", *cancelled, "cancelled", "");
    if (added == Added::New) change.commit();
  }
  if (cancelled && added == Added::Refused) release("cancelled", cancelled->text(), p.number);
  if (added == Added::New && cancelled) finish_outbox();
  return added;
}

}  // namespace registry
