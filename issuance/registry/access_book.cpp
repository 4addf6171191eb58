#include "issuance/registry/access_book.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "issuance/registry/access_schema.h"
#include "pki/base/core/error.h"
#include "pki/evidence/log_files.h"

namespace registry {

namespace {

using document::CitizenNumber;

constexpr int kRowsInOneEntry = 2'000;  // at most 300 octets each: an entry stays well below a line's mebibyte
constexpr std::int64_t kNumberedAtOnce = 200;
constexpr const char* kBatchEvent = "accesses";

std::optional<std::int64_t> as_integer(const std::optional<CitizenNumber>& number) {
  if (!number) return std::nullopt;
  const std::string digits = number->text();
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

evidence::Commitment commitment_to(const Access& access, base::Random& random) {
  return access.number ? evidence::commit(access.number->text(), random) : evidence::Commitment{};
}

base::Moment stored_moment(const std::string& text) {
  const auto at = base::parse_rfc3339(text);
  if (!at) {
    throw base::Error(base::Fault::TreatAsAttack, "reading the book of accesses",
                      "a time in it is no time; somebody wrote to the database by hand");
  }
  return *at;
}

// The index of the entry of every batch that the log holds, by the batch's first row.
std::map<std::int64_t, std::size_t> batches_in(const std::filesystem::path& log_folder) {
  std::map<std::int64_t, std::size_t> found;
  evidence::each_entry(log_folder, [&](const nlohmann::json& entry) {
    if (entry.at("event") == kBatchEvent)
      found.emplace(entry.at("data").at("first").get<std::int64_t>(), entry.at("index").get<std::size_t>());
  });
  return found;
}

}  // namespace

AccessBook::AccessBook(const std::filesystem::path& folder, const base::Clock& clock)
    : AccessBook(std::make_shared<AccessDatabase>(folder, clock), folder, clock) {}

AccessBook::AccessBook(std::shared_ptr<AccessDatabase> access, const std::filesystem::path& folder,
                       const base::Clock& clock)
    : lock_(folder / "access.lock"),
      clock_(clock),
      access_(std::move(access)),
      threads_(access_->threads),
      database_(access_->connection),
      settling_(db::Connection::open(folder / "access.db", db::Mode::ReadOnly)) {}

db::Statement& AccessBook::statement(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second;
  return statements_.emplace(sql, database_.prepare(sql)).first->second;
}

std::int64_t AccessBook::insert(const Access& access, const evidence::Commitment& commitment, bool alone) {
  statement(
      "INSERT INTO accesses(number, client, role, purpose, operation, attributes, case_id, at, salt, commitment, "
      "alone) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
      .run(as_integer(access.number), access.client, access.role, access.purpose, access.operation, access.attributes,
           access.case_id, base::to_rfc3339(clock_.now()), commitment.salt, commitment.value, alone);
  return database_.last_insert_id();
}

void AccessBook::keep(const Access& access, base::Random& random) {
  const evidence::Commitment commitment = commitment_to(access, random);
  const std::lock_guard alone(threads_);
  insert(access, commitment, false);  // one statement is a transaction of its own
}

void AccessBook::keep(const std::vector<Access>& accesses, base::Random& random) {
  const std::lock_guard alone(threads_);
  db::Transaction change(database_);
  for (const Access& access : accesses) insert(access, commitment_to(access, random), false);
  change.commit();
}

void AccessBook::keep_alone(const Access& access, base::Random& random,
                            const std::function<std::size_t(const evidence::Commitment&)>& log_it) {
  const evidence::Commitment commitment = commitment_to(access, random);
  const evidence::FolderLock settling(lock_);
  std::int64_t id = 0;
  {
    const std::lock_guard alone(threads_);
    id = insert(access, commitment, true);
  }
  database_.sync();
  const auto index = static_cast<std::int64_t>(log_it(commitment));
  const std::lock_guard alone(threads_);
  statement("UPDATE accesses SET log_index = ?2 WHERE id = ?1").run(id, index);
}

// Rows that should have an entry of their own and were cut off: the log tells whether they have it. One that has not
// was never answered; it becomes a row of the next batch.
void AccessBook::adopt_lone_rows(const std::filesystem::path& log_folder) {
  std::map<std::string, std::int64_t> rows;  // commitment -> id
  const std::lock_guard alone(threads_);
  db::Statement& open = statement("SELECT commitment, id FROM accesses WHERE alone = 1 AND log_index IS NULL");
  open.reset();
  while (open.step()) rows.emplace(open.text(0), open.integer(1));
  if (rows.empty()) return;
  db::Transaction change(database_);
  evidence::each_entry(log_folder, [&](const nlohmann::json& entry) {
    const auto& data = entry.at("data");
    if (entry.at("event") != "answer.given" || !data.contains("number_commitment")) return;
    const auto row = rows.find(data.at("number_commitment").get<std::string>());
    if (row == rows.end()) return;
    statement("UPDATE accesses SET log_index = ?2 WHERE id = ?1")
        .run(row->second, entry.at("index").get<std::int64_t>());
    rows.erase(row);
  });
  for (const auto& [commitment, id] : rows) {
    statement(
        "INSERT INTO accesses(number, client, role, purpose, operation, attributes, case_id, at, salt, commitment, "
        "alone) SELECT number, client, role, purpose, operation, attributes, case_id, at, salt, commitment, 0 "
        "FROM accesses WHERE id = ?1")
        .run(id);
    statement("DELETE FROM accesses WHERE id = ?1").run(id);
  }
  change.commit();
}

// The next range of rows, written down as a batch before the log hears of it.
std::optional<std::pair<std::int64_t, std::int64_t>> AccessBook::claim_batch() {
  const std::lock_guard alone(threads_);
  db::Statement& next = statement(
      "SELECT min(id), max(id) FROM (SELECT id FROM accesses WHERE alone = 0 AND id > "
      "coalesce((SELECT max(last) FROM batches), 0) ORDER BY id LIMIT ?1)");
  next.with(kRowsInOneEntry).step();
  const bool none = next.is_null(0);
  const std::pair<std::int64_t, std::int64_t> range{next.integer(0), next.integer(1)};
  next.reset();
  if (none) return std::nullopt;
  statement("INSERT INTO batches(first, last) VALUES(?1, ?2)").run(range.first, range.second);
  return range;
}

std::size_t AccessBook::settle_batch(evidence::Log& log, std::int64_t first, std::int64_t last) {
  database_.sync();  // no entry of the log may speak of rows that a power cut can still take
  // Looks of one kind stand together, so that each costs its commitment.
  std::map<std::array<std::string, 3>, nlohmann::json> kinds;  // client, purpose, operation -> commitments
  std::size_t count = 0;
  db::Statement rows = settling_.prepare(
      "SELECT client, purpose, operation, commitment FROM accesses WHERE alone = 0 AND id BETWEEN ?1 AND ?2 ORDER BY "
      "id");
  rows.with(first, last);
  while (rows.step()) {
    kinds[{rows.text(0), rows.text(1), rows.text(2)}].push_back(rows.text(3));
    ++count;
  }
  rows.reset();
  nlohmann::json list = nlohmann::json::array();
  for (auto& [kind, commitments] : kinds) {
    list.push_back({{"client", kind[0]},
                    {"purpose", kind[1]},
                    {"operation", kind[2]},
                    {"number_commitments", std::move(commitments)}});
  }
  const std::size_t index = log.append(kBatchEvent, {{"first", first}, {"last", last}, {"accesses", std::move(list)}});
  const std::lock_guard alone(threads_);
  statement("UPDATE batches SET log_index = ?2 WHERE first = ?1").run(first, static_cast<std::int64_t>(index));
  return count;
}

std::size_t AccessBook::settle(evidence::Log& log, const std::filesystem::path& log_folder) {
  const evidence::FolderLock settling(lock_);
  adopt_lone_rows(log_folder);
  std::vector<std::pair<std::int64_t, std::int64_t>> cut_off;  // batches of a process that was killed
  {
    const std::lock_guard alone(threads_);
    db::Statement& open = statement("SELECT first, last FROM batches WHERE log_index IS NULL ORDER BY first");
    open.reset();
    while (open.step()) cut_off.emplace_back(open.integer(0), open.integer(1));
  }
  std::size_t settled = 0;
  if (!cut_off.empty()) {
    const auto logged = batches_in(log_folder);
    for (const auto& [first, last] : cut_off) {
      const auto entry = logged.find(first);
      if (entry == logged.end()) {
        settled += settle_batch(log, first, last);
        continue;
      }
      const std::lock_guard alone(threads_);
      statement("UPDATE batches SET log_index = ?2 WHERE first = ?1")
          .run(first, static_cast<std::int64_t>(entry->second));
    }
  }
  while (const auto range = claim_batch()) settled += settle_batch(log, range->first, range->second);
  while (number_rows()) continue;
  if (settled > 0) log.checkpoint();
  return settled;
}

// Prepares finding by number for rows that came since the last time; whether there were any. Some at once cost less
// than each for itself, and not so many that a question waits long for them.
bool AccessBook::number_rows() {
  const std::lock_guard alone(threads_);
  db::Transaction change(database_);
  statement(
      "INSERT INTO access_numbers(number, id) SELECT number, id FROM accesses WHERE number IS NOT NULL AND "
      "id > (SELECT last FROM numbered) AND id <= (SELECT last FROM numbered) + ?1 ORDER BY number, id")
      .run(kNumberedAtOnce);
  const bool any = statement(
                       "UPDATE numbered SET last = min(last + ?1, (SELECT max(id) FROM accesses)) WHERE last < "
                       "(SELECT max(id) FROM accesses)")
                       .run(kNumberedAtOnce) > 0;
  change.commit();
  return any;
}

std::size_t AccessBook::unsettled() {
  const std::lock_guard alone(threads_);
  db::Statement& rows = statement(
      "SELECT count(*) FROM accesses WHERE (alone = 1 AND log_index IS NULL) OR (alone = 0 AND id > "
      "coalesce((SELECT max(last) FROM batches WHERE log_index IS NOT NULL), 0))");
  rows.reset();
  rows.step();
  const auto count = static_cast<std::size_t>(rows.integer(0));
  rows.reset();
  return count;
}

std::vector<KeptAccess> AccessBook::accesses(const CitizenNumber& number, std::size_t limit) {
  const std::lock_guard alone(threads_);
  db::Statement& rows = statement(
      "SELECT client, role, purpose, operation, attributes, case_id, at, salt, commitment, CASE alone WHEN 1 THEN "
      "log_index ELSE (SELECT CASE WHEN b.last >= a.id THEN b.log_index END FROM batches b WHERE b.first <= a.id ORDER "
      "BY b.first DESC LIMIT 1) END FROM accesses a WHERE id IN (SELECT id FROM access_numbers WHERE number = ?1 "
      "UNION ALL SELECT id FROM accesses WHERE number = ?1 AND id > (SELECT last FROM numbered)) ORDER BY id DESC "
      "LIMIT ?2");
  rows.with(*as_integer(number), static_cast<std::int64_t>(limit));
  std::vector<KeptAccess> found;
  while (rows.step()) {
    KeptAccess kept{.access = {.number = number,
                               .client = rows.text(0),
                               .role = rows.text(1),
                               .purpose = rows.text(2),
                               .operation = rows.text(3),
                               .attributes = rows.text(4),
                               .case_id = rows.text(5)},
                    .at = stored_moment(rows.text(6)),
                    .salt = rows.text(7),
                    .commitment = rows.text(8),
                    .log_index = std::nullopt};
    if (!rows.is_null(9)) kept.log_index = rows.integer(9);
    found.push_back(std::move(kept));
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::string local_account() {
  const uid_t uid = ::geteuid();
  const passwd* const entry = ::getpwuid(uid);
  return entry != nullptr ? std::string(entry->pw_name) : fmt::format("uid-{}", uid);
}

Access local_access(const CitizenNumber& number, const std::string& operation) {
  return {.number = number,
          .client = "local:" + local_account(),
          .role = "operator",
          .purpose = "operation",
          .operation = operation,
          .attributes = "",
          .case_id = ""};
}

}  // namespace registry
