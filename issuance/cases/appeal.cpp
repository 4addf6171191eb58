#include "issuance/cases/appeal.h"

#include <limits>
#include <set>

#include "issuance/cases/officer_book.h"

namespace cases {

namespace {

// The log entry with which the last appeal was taken in; -1: there was none.
std::int64_t last_appeal(db::Connection& store, const std::string& case_id) {
  auto row = store.prepare(
      "SELECT outcome_entry FROM arrows WHERE case_id = ?1 AND event = 'appeal' AND to_state != '' ORDER BY "
      "outcome_entry DESC LIMIT 1");
  return row.with(case_id).step() ? row.integer(0) : -1;
}

// An attempt that moved nothing is no act.
std::set<std::string> who_acted_before(db::Connection& store, const std::string& case_id, std::int64_t entry) {
  auto row = store.prepare(
      "SELECT DISTINCT by_account FROM arrows WHERE case_id = ?1 AND to_state != '' AND outcome_entry < ?2");
  std::set<std::string> accounts;
  for (row.with(case_id, entry); row.step();) accounts.insert(row.text(0));
  return accounts;
}

}  // namespace

base::Findings check_other_officers(db::Connection& store, const std::string& case_id, const std::string& account,
                                    bool appealing) {
  base::Findings findings;
  const std::int64_t until = appealing ? std::numeric_limits<std::int64_t>::max() : last_appeal(store, case_id);
  if (until < 0) return findings;
  const OfficerBook book(store);
  const auto person_of = [&](const std::string& name) {
    const auto officer = book.find(name);
    return officer ? officer->person : name;
  };
  for (const std::string& before : who_acted_before(store, case_id, until)) {
    if (person_of(before) != person_of(account)) continue;
    findings.fail(
        "APPEAL_SAME_OFFICER", "officer",
        "Người này đã tham gia giải quyết hồ sơ trước khi có khiếu nại / this person acted in the case before "
        "the appeal; another officer takes this step");
    break;
  }
  return findings;
}

}  // namespace cases
