#include "issuance/cases/refusal.h"

#include "pki/base/core/error.h"

namespace cases {

namespace {

// The arrow that led to the refusal.
JournalRow refusing_row(CaseStore& store, const std::string& case_id) {
  JournalRow last;
  for (const JournalRow& row : store.journal().rows(case_id)) {
    if (row.to == "refused" && row.outcome_entry >= last.outcome_entry) last = row;
  }
  return last;
}

void add_rule_grounds(RefusalNotice& notice, const std::optional<vetting::Result>& result) {
  if (!result) return;
  for (const vetting::VettingFinding& finding : result->findings) {
    if (finding.severity != vetting::Severity::Refuse) continue;
    notice.grounds.push_back({.code = finding.code, .vi = finding.vi, .en = finding.en, .legal = finding.legal});
  }
}

void add_officer_ground(RefusalNotice& notice, const std::optional<GivenReason>& given) {
  if (given) notice.grounds.push_back({.code = {}, .vi = given->text, .en = given->text, .legal = given->legal});
}

}  // namespace

std::variant<RefusalNotice, base::Findings> refusal_notice(CaseStore& store, const std::string& case_id) {
  if (store.journal().state(case_id) != "refused") {
    base::Findings findings;
    findings.fail("CASE_NOT_REFUSED", "case",
                  "Hồ sơ không bị từ chối nên không có thông báo CC03 / the case is not refused: there is no form CC03 "
                  "of it");
    return findings;
  }
  const vetting::Application application = store.application(case_id);
  const vetting::Reason* asked = vetting::RuleSet::shipped().reason(application.reason);
  base::ensure(asked != nullptr, "an application's reason is one of the rule set's");
  const JournalRow row = refusing_row(store, case_id);
  const auto result = store.last_vetting(case_id);
  RefusalNotice notice{.case_id = case_id,
                       .number = application.number,
                       .full_name = application.full_name,
                       .birth = application.birth,
                       .asked_vi = asked->vi,
                       .asked_en = asked->en,
                       .asked_legal = asked->legal,
                       .at = row.ended_at,
                       .by = row.by,
                       .rule_set = result ? result->rule_set : std::string(),
                       .grounds = {}};
  if (row.event == "vet") {
    add_rule_grounds(notice, result);
  } else {
    add_officer_ground(notice, store.last_reason(case_id, "refuse"));
  }
  return notice;
}

}  // namespace cases
