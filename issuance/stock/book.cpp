#include "issuance/stock/book.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"

namespace stock {

const db::Migration kMigration{"stock of blank chips", R"(
  CREATE TABLE stock_chips(
    serial TEXT PRIMARY KEY CHECK(length(serial) = 16),
    batch TEXT NOT NULL,
    state TEXT NOT NULL CHECK(state IN ('blank', 'assigned', 'spoiled')),
    added_at TEXT NOT NULL,
    spoiled_for TEXT NOT NULL DEFAULT '',
    CHECK((state = 'spoiled') = (spoiled_for <> ''))
  ) STRICT, WITHOUT ROWID;
)"};

namespace {

constexpr std::string_view kColumns = "serial, batch, state, added_at, spoiled_for";

State state_of(std::string_view name) {
  if (name == "blank") return State::Blank;
  return name == "assigned" ? State::Assigned : State::Spoiled;
}

Chip row(const db::Statement& at, const std::string& file) {
  const auto added = base::parse_rfc3339(at.text(3));
  if (!added) {
    throw base::Error(base::Fault::TreatAsAttack, "reading the stock of chips",
                      fmt::format("{}: a date of entry is no date; somebody wrote into the database by hand", file));
  }
  return {at.text(0), at.text(1), state_of(at.text(2)), *added, at.text(4)};
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::Blank:
      return "blank";
    case State::Assigned:
      return "assigned";
    case State::Spoiled:
      return "spoiled";
  }
  return "spoiled";
}

void Book::add(const std::vector<Blank>& blanks, base::Moment now) {
  auto insert = store_.prepare(
      "INSERT INTO stock_chips(serial, batch, state, added_at) VALUES(?1, ?2, 'blank', ?3) ON CONFLICT DO NOTHING");
  for (const Blank& blank : blanks) {
    if (insert.run(blank.serial, blank.batch, base::to_rfc3339(now)) == 1) continue;
    throw base::Error(base::Fault::FixConfiguration, "entering blank chips",
                      fmt::format("{} is in the stock already; nothing of this list was entered", blank.serial));
  }
}

std::optional<Chip> Book::find(const std::string& serial) const {
  auto query = store_.prepare(fmt::format("SELECT {} FROM stock_chips WHERE serial = ?1", kColumns));
  query.with(serial);
  return query.step() ? std::optional(row(query, store_.name())) : std::nullopt;
}

std::vector<Chip> Book::list() const {
  std::vector<Chip> chips;
  auto query = store_.prepare(fmt::format("SELECT {} FROM stock_chips ORDER BY serial", kColumns));
  while (query.step()) chips.push_back(row(query, store_.name()));
  return chips;
}

std::int64_t Book::count(State state) const {
  auto query = store_.prepare("SELECT count(*) FROM stock_chips WHERE state = ?1");
  query.with(state_name(state));
  return query.step() ? query.integer(0) : 0;
}

bool Book::mark_assigned(const std::string& serial) {
  return store_.prepare("UPDATE stock_chips SET state = 'assigned' WHERE serial = ?1 AND state = 'blank'")
             .run(serial) == 1;
}

bool Book::mark_spoiled(const std::string& serial, const std::string& case_id) {
  return store_
             .prepare(
                 "UPDATE stock_chips SET state = 'spoiled', spoiled_for = ?2 WHERE serial = ?1 AND "
                 "state <> 'spoiled'")
             .run(serial, case_id) == 1;
}

}  // namespace stock
