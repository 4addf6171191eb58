#pragma once
// Every arrow of a case is one row and two log entries: the intent before anything is done, the outcome after. A
// restart finds an intent without outcome and does the step again, asking the card and the signer, not the operator's
// memory.

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "issuance/cases/case_table.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"
#include "pki/evidence/log.h"

namespace cases {

struct Actor {
  std::string account;  // "station" for the program itself
  Role role = Role::Station;
};
extern const Actor kStation;

class Journal;

// One arrow under way: the intent is in the log. Dropped without walk() or stay(), it remains an intent without
// outcome, to be taken up again.
class Step {
 public:
  bool resumed() const { return resumed_; }
  // The facts that hold choose the arrow (ensure that one does). `write` runs in the transaction of the arrow's row.
  // Throws Error{AskOperator}, with nothing written, when another program moved the case since begin().
  const std::string& walk(const std::set<std::string>& facts, const nlohmann::json& data,
                          const std::function<void()>& write = {});
  // Nothing moved: the answer was no. The codes go into the log.
  void stay(const std::vector<std::string>& codes);

 private:
  friend class Journal;
  Step(Journal& journal, std::string case_id, std::string event, Actor actor, std::string from);
  Journal* journal_;
  std::string case_id_, event_;
  Actor actor_;
  std::string from_;  // the case's state when the step began
  std::int64_t row_ = 0;
  bool resumed_ = false;
};

struct JournalRow {
  std::string event, from, to, by, begun_at, ended_at;  // to and ended_at empty: an intent without outcome
  std::vector<std::string> codes;
  std::int64_t intent_entry = 0, outcome_entry = 0;  // indices in the log
};

class Journal {
 public:
  // log nullptr: for reading only.
  Journal(db::Connection& store, evidence::Log* log, const base::Clock& clock, const CaseTable& table)
      : store_(store), log_(log), clock_(clock), table_(table) {}

  std::string state(const std::string& case_id) const;  // "" before it was opened
  std::vector<JournalRow> rows(const std::string& case_id) const;

  // Findings CASE_STATE, OFFICER_ROLE or APPEAL_SAME_OFFICER, which are logged too. data: what the intent says, without
  // personal values.
  std::variant<Step, base::Findings> begin(const std::string& case_id, const std::string& event, const Actor& actor,
                                           const nlohmann::json& data);
  // An attempt that was refused before it could begin: a row and both entries.
  void refused(const std::string& case_id, const std::string& event, const Actor& actor,
               const std::vector<std::string>& codes);

  // What happened while nobody with the log's key was there waits in the store and is logged at the next opening.
  void post(const std::string& event, const nlohmann::json& data);
  void log_posted();

 private:
  friend class Step;
  // Inside the caller's transaction: the outcome in the log and in the row.
  void finish(const Step& step, const std::string& to, const std::vector<std::string>& codes,
              const nlohmann::json& data);
  Step open_row(const std::string& case_id, const std::string& event, const Actor& actor, const nlohmann::json& data);
  std::int64_t append(const Step& step, std::string_view phase, const nlohmann::json& data);
  evidence::Log& log();
  db::Connection& store_;
  evidence::Log* log_;
  const base::Clock& clock_;
  const CaseTable& table_;
};

}  // namespace cases
