#include "issuance/cases/journal.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace cases {

const Actor kStation{.account = "station", .role = Role::Station};

Step::Step(Journal& journal, std::string case_id, std::string event, Actor actor, std::int64_t row, bool resumed)
    : journal_(&journal),
      case_id_(std::move(case_id)),
      event_(std::move(event)),
      actor_(std::move(actor)),
      row_(row),
      resumed_(resumed) {}

const std::string& Step::walk(const std::set<std::string>& facts, const nlohmann::json& data,
                              const std::function<void()>& write) {
  const std::string from = journal_->state(case_id_);
  const Arrow* arrow = journal_->table_.next(from, event_, actor_.role, facts);
  base::ensure(arrow != nullptr, fmt::format("the facts of '{}' lead somewhere", event_));
  journal_->finish(*this, from, arrow->to, {}, data, write);
  return arrow->to;
}

void Step::stay(const std::vector<std::string>& codes) {
  journal_->finish(*this, journal_->state(case_id_), "", codes, nlohmann::json::object(), {});
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
  const bool resumed = open.with(case_id, event).step();
  Step step(*this, case_id, event, actor, resumed ? open.integer(0) : 0, resumed);
  open.reset();
  nlohmann::json said = data.is_null() ? nlohmann::json::object() : data;
  if (resumed) said["again"] = true;
  const std::int64_t entry = append(step, "intent", said);
  if (resumed) {
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
  base::Findings findings = table_.may(state(case_id), event, actor.role);
  Step step = open_row(case_id, event, actor, data);
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

void Journal::finish(const Step& step, const std::string& from, const std::string& to,
                     const std::vector<std::string>& codes, const nlohmann::json& data,
                     const std::function<void()>& write) {
  db::Transaction change(store_);
  if (write) write();
  nlohmann::json said = data.is_null() ? nlohmann::json::object() : data;
  said["from"] = from;
  said["to"] = to.empty() ? from : to;
  if (!codes.empty()) said["codes"] = codes;
  // The log leads: if the power goes before the commit, the row is an intent without outcome and the step is done
  // again.
  const std::int64_t entry = append(step, "outcome", said);
  std::string joined;
  for (const std::string& code : codes) joined += (joined.empty() ? "" : " ") + code;
  store_.prepare("UPDATE arrows SET to_state = ?2, ended_at = ?3, outcome_entry = ?4, codes = ?5 WHERE id = ?1")
      .run(step.row_, to, base::to_rfc3339(clock_.now()), entry, joined);
  change.commit();
  log().checkpoint();
}

}  // namespace cases
