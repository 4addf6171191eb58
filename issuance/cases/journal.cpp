#include "issuance/cases/journal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/cases/appeal.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace cases {

const Actor kStation{.account = "station", .role = Role::Station};

Step::Step(Journal& journal, std::string case_id, std::string event, Actor actor, std::string from)
    : journal_(&journal),
      case_id_(std::move(case_id)),
      event_(std::move(event)),
      actor_(std::move(actor)),
      from_(std::move(from)) {}

const std::string& Step::walk(const std::set<std::string>& facts, const nlohmann::json& data,
                              const std::function<void()>& write) {
  const Arrow* arrow = journal_->table_.next(from_, event_, actor_.role, facts);
  base::ensure(arrow != nullptr, fmt::format("the facts of '{}' lead somewhere", event_));
  db::Transaction change(journal_->store_);
  // Two officers may work on one case at the same moment; what was checked before holds only where it was checked.
  if (const std::string now = journal_->state(case_id_); now != from_) {
    throw base::Error(base::Fault::AskOperator, fmt::format("case {}: {}", case_id_, event_),
                      fmt::format("somebody moved the case from '{}' to '{}' at this very moment; look at it and do "
                                  "the step again if it is still due",
                                  from_, now));
  }
  if (write) write();
  journal_->finish(*this, arrow->to, {}, data);
  change.commit();
  journal_->log().checkpoint();
  return arrow->to;
}

void Step::stay(const std::vector<std::string>& codes) {
  db::Transaction change(journal_->store_);
  journal_->finish(*this, "", codes, nlohmann::json::object());
  change.commit();
  journal_->log().checkpoint();
}

std::string Journal::state(const std::string& case_id) const {
  auto row = store_.prepare(
      "SELECT to_state FROM arrows WHERE case_id = ?1 AND to_state != '' ORDER BY outcome_entry DESC LIMIT 1");
  return row.with(case_id).step() ? row.text(0) : std::string();
}

std::vector<JournalRow> Journal::rows(const std::string& case_id) const {
  auto row = store_.prepare(
      "SELECT event, from_state, to_state, by_account, begun_at, ended_at, codes, intent_entry, outcome_entry FROM "
      "arrows "
      "WHERE case_id = ?1 ORDER BY id");
  std::vector<JournalRow> rows;
  for (row.with(case_id); row.step();) {
    JournalRow entry{.event = row.text(0),
                     .from = row.text(1),
                     .to = row.text(2),
                     .by = row.text(3),
                     .begun_at = row.text(4),
                     .ended_at = row.text(5),
                     .codes = {},
                     .intent_entry = row.integer(7),
                     .outcome_entry = row.integer(8)};
    const std::string codes = row.text(6);
    for (std::size_t at = 0; at < codes.size();) {
      const std::size_t end = std::min(codes.find(' ', at), codes.size());
      entry.codes.push_back(codes.substr(at, end - at));
      at = end + 1;
    }
    rows.push_back(std::move(entry));
  }
  return rows;
}

std::int64_t Journal::append(const Step& step, std::string_view phase, const nlohmann::json& data) {
  nlohmann::json entry = data.is_null() ? nlohmann::json::object() : data;
  entry["case"] = step.case_id_;
  entry["by"] = step.actor_.account;
  return static_cast<std::int64_t>(log().append(fmt::format("case.{}.{}", step.event_, phase), std::move(entry)));
}

Step Journal::open_row(const std::string& case_id, const std::string& event, const Actor& actor,
                       const nlohmann::json& data) {
  db::Transaction change(store_);
  const std::string from = state(case_id);
  auto open = store_.prepare("SELECT id FROM arrows WHERE case_id = ?1 AND event = ?2 AND ended_at = '' LIMIT 1");
  Step step(*this, case_id, event, actor, from);
  step.resumed_ = open.with(case_id, event).step();
  if (step.resumed_) step.row_ = open.integer(0);
  open.reset();
  nlohmann::json said = data.is_null() ? nlohmann::json::object() : data;
  if (step.resumed_) said["again"] = true;
  const std::int64_t entry = append(step, "intent", said);
  if (step.resumed_) {
    store_.prepare("UPDATE arrows SET by_account = ?2, from_state = ?3, intent_entry = ?4 WHERE id = ?1")
        .run(step.row_, actor.account, from, entry);
  } else {
    store_
        .prepare(
            "INSERT INTO arrows(case_id, event, from_state, by_account, begun_at, intent_entry) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
        .run(case_id, event, from, actor.account, base::to_rfc3339(clock_.now()), entry);
    step.row_ = store_.last_insert_id();
  }
  change.commit();
  return step;
}

std::variant<Step, base::Findings> Journal::begin(const std::string& case_id, const std::string& event,
                                                  const Actor& actor, const nlohmann::json& data) {
  Step step = open_row(case_id, event, actor, data);
  base::Findings findings = table_.may(step.from_, event, actor.role);
  if (!findings.failed() && actor.role != Role::Station) {
    findings.add(check_other_officers(store_, case_id, actor.account, event == "appeal"));
  }
  if (!findings.failed()) return step;
  step.stay(findings.failing_codes());
  return findings;
}

void Journal::refused(const std::string& case_id, const std::string& event, const Actor& actor,
                      const std::vector<std::string>& codes) {
  open_row(case_id, event, actor, {}).stay(codes);
}

void Journal::post(const std::string& event, const nlohmann::json& data) {
  store_.prepare("INSERT INTO posted(event, data) VALUES(?1, ?2)").run(event, evidence::canonical(data));
}

void Journal::log_posted() {
  db::Transaction change(store_);
  auto rows = store_.prepare("SELECT event, data FROM posted ORDER BY id");
  bool any = false;
  for (; rows.step(); any = true) log().append(rows.text(0), nlohmann::json::parse(rows.text(1)));
  if (!any) return;
  store_.execute("DELETE FROM posted");
  log().checkpoint();
  change.commit();
}

evidence::Log& Journal::log() {
  base::ensure(log_ != nullptr, "whoever moves a case has the log open");
  return *log_;
}

void Journal::finish(const Step& step, const std::string& to, const std::vector<std::string>& codes,
                     const nlohmann::json& data) {
  nlohmann::json said = data.is_null() ? nlohmann::json::object() : data;
  said["from"] = step.from_;
  said["to"] = to.empty() ? step.from_ : to;
  if (!codes.empty()) said["codes"] = codes;
  // The log leads: if the power goes before the commit, the row is an intent without outcome and the step is done
  // again.
  const std::int64_t entry = append(step, "outcome", said);
  std::string joined;
  for (const std::string& code : codes) joined += (joined.empty() ? "" : " ") + code;
  store_.prepare("UPDATE arrows SET to_state = ?2, ended_at = ?3, outcome_entry = ?4, codes = ?5 WHERE id = ?1")
      .run(step.row_, to, base::to_rfc3339(clock_.now()), entry, joined);
}

}  // namespace cases
