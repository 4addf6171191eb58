#include "issuance/registry/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "issuance/registry/schema.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using document::Person;

constexpr std::string_view kVietNam = "Việt Nam";
constexpr std::size_t kNonceSize = 16;  // 128 bits

std::int64_t as_integer(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string as_digits(std::int64_t number) {
  return fmt::format("{:012}", number);
}

base::Date stored_date(const std::string& text) {
  const auto date = base::parse_iso_date(text);
  if (!date) {
    throw base::Error(base::Fault::TreatAsAttack, "reading the register",
                      "a day in it is no day; somebody wrote to the database by hand");
  }
  return *date;
}

Person person_of(const db::Statement& row) {
  const auto number = CitizenNumber::parse(as_digits(row.integer(0)));
  const auto sex = document::parse_vietnamese_sex(row.text(3));
  base::ensure(number && sex, "the tables hold only numbers of twelve digits and two sexes");
  return {.number = *number,
          .full_name = row.text(1),
          .birth = stored_date(row.text(2)),
          .sex = *sex,
          .nationality = row.text(4),
          .ethnicity = row.text(5),
          .religion = row.text(6),
          .place_of_origin = row.text(7),
          .place_of_birth = row.text(8),
          .residence = row.text(9),
          .father = row.text(10),
          .mother = row.text(11),
          .spouse = row.text(12),
          .old_id = row.text(13),
          .cancelled_number = row.is_null(14) ? std::string{} : as_digits(row.integer(14))};
}

constexpr std::string_view kSelectPerson =
    "SELECT number, full_name, birth, sex, nationality, ethnicity, religion, place_of_origin, place_of_birth, "
    "residence, father, mother, spouse, old_id, cancelled_number FROM persons WHERE number = ?1";
constexpr std::string_view kHasPerson = "SELECT 1 FROM persons WHERE number = ?1";
constexpr std::string_view kFindCancelled = "SELECT 1 FROM persons WHERE cancelled_number = ?1";
constexpr std::string_view kInsertPerson =
    "INSERT INTO persons VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
    "ON CONFLICT(number) DO NOTHING";

}  // namespace

Store::Store(db::Connection database, const base::Clock& clock) : database_(std::move(database)), clock_(&clock) {
  database_.migrate(migrations(), clock);
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
  return {db::Connection::open(file, mode), clock};
}

void Store::use_cache(int kibibytes) {
  database_.execute(fmt::format("PRAGMA cache_size = -{}", kibibytes));
}

bool Store::is_empty() {
  return !database_.prepare("SELECT 1 FROM persons LIMIT 1").step();
}

std::int64_t Store::count() {
  db::Statement rows = database_.prepare("SELECT count(*) FROM persons");
  rows.step();
  return rows.integer(0);
}

Store::Added Store::add(const Person& p, base::Findings& findings, std::int64_t) {
  base::ensure(database_.in_transaction(), "persons are added inside a transaction");
  const std::int64_t number = as_integer(p.number.text());
  const auto refuse = [&](const char* code, const char* where, const char* text) {
    findings.fail(code, where, text);
    return Added::Refused;
  };
  if (is_cancelled(p.number))
    return refuse("NUMBER_CANCELLED", "number", "This number was cancelled; it is never given again.");
  std::optional<std::int64_t> cancelled;
  if (!p.cancelled_number.empty()) {
    cancelled = as_integer(p.cancelled_number);
    const bool live = is_there(kHasPerson, *cancelled);
    if (live) {
      return refuse("CANCELLED_NUMBER_LIVE", "cancelled_number",
                    "The number said to be cancelled stands in the register as a person's number.");
    }
    const bool taken =
        is_there("SELECT 1 FROM persons WHERE cancelled_number = ?1 AND number <> ?2", *cancelled, number);
    if (taken) {
      return refuse("CANCELLED_NUMBER_TAKEN", "cancelled_number",
                    "Another person already has this number as the cancelled one.");
    }
  }
  const bool is_new = statement(kInsertPerson)
                          .run(number, p.full_name, base::to_iso(p.birth), document::vietnamese(p.sex), p.nationality,
                               p.ethnicity, p.religion, p.place_of_origin, p.place_of_birth, p.residence, p.father,
                               p.mother, p.spouse, p.old_id, cancelled) == 1;
  if (is_new) return Added::New;
  db::Statement& row = statement(kSelectPerson);
  const bool same = row.with(number).step() && person_of(row) == p;
  row.reset();
  if (same) return Added::Unchanged;
  return refuse("NUMBER_TAKEN", "number", "The register holds other data under this number.");
}

std::vector<Event> Store::events(const CitizenNumber& number) {
  std::vector<Event> out;
  db::Statement& rows = statement("SELECT kind, on_day FROM events WHERE number = ?1 ORDER BY on_day");
  rows.with(as_integer(number.text()));
  while (rows.step()) {
    const auto kind = parse_event(rows.text(0));
    base::ensure(kind.has_value(), "the tables hold only events that have a name");
    out.push_back({.kind = *kind,
                   .on = stored_date(rows.text(1)),
                   .id = {},
                   .basis = {},
                   .changes = {},
                   .other = {},
                   .recorded_at = {}});
  }
  return out;
}

std::vector<document::RegisteredCard> Store::cards(const CitizenNumber& number) {
  std::vector<document::RegisteredCard> out;
  db::Statement& rows =
      statement("SELECT chip_serial, status, issued FROM cards WHERE number = ?1 ORDER BY issued, id");
  rows.with(as_integer(number.text()));
  while (rows.step()) out.push_back({rows.text(0), rows.text(1), rows.text(2)});
  return out;
}

std::string Store::open_case_of(const CitizenNumber& number) {
  db::Statement& row = statement("SELECT case_id FROM open_cases WHERE number = ?1");
  row.with(as_integer(number.text()));
  std::string name = row.step() ? row.text(0) : std::string{};
  row.reset();
  return name;
}

bool Store::exists(const CitizenNumber& number) {
  return is_there(kHasPerson, as_integer(number.text()));
}

bool Store::is_cancelled(const CitizenNumber& number) {
  return is_there(kFindCancelled, as_integer(number.text()));
}

std::optional<Record> Store::find(const CitizenNumber& number, std::optional<base::Date> as_of) {
  db::Statement& row = statement(kSelectPerson);
  if (!row.with(as_integer(number.text())).step()) return std::nullopt;
  Record record{.person = person_of(row), .events = {}, .cards = {}, .open_case = {}, .custody = {}, .watch = {}};
  row.reset();
  record.events = events(number);
  record.cards = cards(number);
  record.open_case = open_case_of(number);
  const base::Date today = as_of.value_or(clock_->today());
  const auto happened = [&](EventKind kind) {
    return std::ranges::any_of(record.events, [&](const Event& e) { return e.kind == kind && e.on <= today; });
  };
  record.alive = !happened(EventKind::Death);
  record.citizen = record.person.nationality == kVietNam && !happened(EventKind::NationalityLost);
  return record;
}

document::RegistryAnswer Store::answer(const CitizenNumber& number, const std::string& case_id,
                                       const std::string& purpose, base::Random& random,
                                       std::optional<base::Date> as_of) {
  document::RegistryAnswer answer;
  answer.number = number.text();
  answer.case_id = case_id;
  answer.purpose = purpose;
  answer.at = clock_->now();
  answer.nonce = base::to_base64url(random.bytes(kNonceSize));
  auto record = find(number, as_of);
  if (!record) {
    answer.status = is_cancelled(number) ? "cancelled" : "not-found";
    return answer;
  }
  answer.status = "found";
  answer.person = std::move(record->person);
  answer.citizen = record->citizen;
  answer.alive = record->alive;
  answer.cards = std::move(record->cards);
  if (record->open_case != case_id) answer.open_case = record->open_case;
  return answer;
}

void Store::keep_read(const CitizenNumber& number, const Read& read) {
  database_
      .prepare(
          "INSERT INTO reads(number, case_id, purpose, reader, at, salt, log_index) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")
      .run(as_integer(number.text()), read.case_id, read.purpose, read.reader, base::to_rfc3339(read.at), read.salt,
           read.log_index);
}

std::vector<Read> Store::reads(const CitizenNumber& number) {
  std::vector<Read> out;
  db::Statement rows = database_.prepare(
      "SELECT case_id, purpose, reader, at, salt, log_index FROM reads WHERE number = ?1 ORDER BY id");
  rows.with(as_integer(number.text()));
  while (rows.step()) {
    out.push_back({rows.text(0), rows.text(1), rows.text(2), base::parse_rfc3339(rows.text(3)).value_or(base::Moment{}),
                   rows.text(4), rows.is_null(5) ? std::nullopt : std::optional(rows.integer(5))});
  }
  return out;
}

}  // namespace registry
