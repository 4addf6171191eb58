// The adjudication queue: two numbers under which one person seems to stand, and what officers decided about them. A
// pair lies under its smaller number; the larger one hears of a decision through the outbox, by its version.

#include <algorithm>

#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr std::string_view kOpen = "open";

std::pair<CitizenNumber, CitizenNumber> in_order(const CitizenNumber& one, const CitizenNumber& other) {
  return one < other ? std::pair(one, other) : std::pair(other, one);
}

}  // namespace

bool is_pair_decision(std::string_view text) {
  return text == "different-persons" || text == "same-person" || text == "needs-field-check";
}

std::string Store::pair_state(const CitizenNumber& number, const CitizenNumber& other) {
  const auto [first, second] = in_order(number, other);
  db::Statement& row = statement("SELECT state FROM pairs WHERE number = ?1 AND other = ?2");
  row.with(key_of(first), key_of(second));
  std::string state = row.step() ? row.text(0) : std::string(kOpen);
  row.reset();
  return state;
}

void Store::queue_pairs(const CitizenNumber& number, const std::vector<Duplicate>& duplicates) {
  for (const Duplicate& duplicate : duplicates) {
    const auto [first, second] = in_order(number, duplicate.number);
    if (is_there("SELECT 1 FROM pairs WHERE number = ?1 AND other = ?2", key_of(first), key_of(second))) continue;
    NumberChange change(*this, first);
    statement(
        "INSERT INTO pairs(number, other, id, kind, why, state, found_at) VALUES(?1, ?2, ?3, ?4, ?5, 'open', ?6) "
        "ON CONFLICT DO NOTHING")
        .run(key_of(first), key_of(second), short_id('p', first.text() + second.text()), duplicate.kind, duplicate.why,
             base::to_rfc3339(clock_->now()));
    change.commit();
  }
}

std::vector<PairDecision> Store::decisions(const Pair& pair) {
  std::vector<PairDecision> out;
  db::Statement& rows = statement(
      "SELECT officer, decision, at FROM pair_decisions WHERE number = ?1 AND other = ?2 ORDER BY at, officer");
  rows.with(key_of(pair.first), key_of(pair.second));
  while (rows.step()) out.push_back({rows.text(0), rows.text(1), stored_moment(rows.text(2))});
  return out;
}

std::vector<Pair> Store::open_pairs(int limit) {
  std::vector<Pair> out;
  db::Statement& rows = statement(
      "SELECT id, number, other, kind, why, state FROM pairs WHERE state = 'open' ORDER BY found_at, number, other "
      "LIMIT ?1");
  rows.with(limit);
  while (rows.step()) {
    out.push_back({rows.text(0),
                   number_from(rows.integer(1)),
                   number_from(rows.integer(2)),
                   rows.text(3),
                   rows.text(4),
                   rows.text(5),
                   {}});
  }
  for (Pair& pair : out) pair.decisions = decisions(pair);
  return out;
}

std::optional<Pair> Store::pair(const std::string& id) {
  db::Statement& row = statement("SELECT id, number, other, kind, why, state FROM pairs WHERE id = ?1");
  if (!row.with(id).step()) return std::nullopt;
  Pair found{
      row.text(0), number_from(row.integer(1)), number_from(row.integer(2)), row.text(3), row.text(4), row.text(5), {}};
  row.reset();
  found.decisions = decisions(found);
  return found;
}

base::Findings Store::decide_pair(const std::string& id, const std::string& decision, const std::string& officer) {
  base::ensure(is_pair_decision(decision), "a decision is checked before it is recorded");
  base::Findings findings;
  auto before = pair(id);
  if (!before) {
    findings.fail("PAIR_NOT_FOUND", "pair", "The adjudication queue does not know this pair.");
    return findings;
  }
  {
    NumberChange change(*this, before->first);
    const Pair now = *pair(id);
    const auto is_told = [&](const PairDecision& d) { return d.officer == officer && d.decision == decision; };
    if (std::ranges::any_of(now.decisions, is_told)) return findings;
    if (now.state != kOpen) {
      findings.fail("PAIR_DECIDED", "pair", "Two officers have decided about this pair before.");
      return findings;
    }
    const std::int64_t first = key_of(now.first), second = key_of(now.second);
    const std::string at = base::to_rfc3339(clock_->now());
    if (statement("UPDATE pair_decisions SET decision = ?4, at = ?5 WHERE number = ?1 AND other = ?2 AND officer = ?3")
            .run(first, second, officer, decision, at) == 0)
      statement("INSERT INTO pair_decisions(number, other, officer, decision, at) VALUES(?1, ?2, ?3, ?4, ?5)")
          .run(first, second, officer, decision, at);
    const bool agrees = std::ranges::any_of(
        now.decisions, [&](const PairDecision& d) { return d.officer != officer && d.decision == decision; });
    if (agrees && decision != "needs-field-check") {
      statement("UPDATE pairs SET state = ?3 WHERE number = ?1 AND other = ?2").run(first, second, decision);
      touch(now.first);
      send(now.first, id, now.second, "touch", "");
    }
    change.commit();
  }
  finish_outbox();
  return findings;
}

}  // namespace registry
