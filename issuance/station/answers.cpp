#include "issuance/station/answers.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/approval/approval.h"
#include "issuance/production/produce.h"
#include "issuance/vetting/result_json.h"

namespace station {

namespace {

using nlohmann::json;

// Which fingers there are; never their images.
std::vector<std::string> fingers_of(const vetting::Application& application) {
  std::vector<std::string> fingers;
  for (const vetting::Finger& one : application.fingers) fingers.emplace_back(lds::finger_name(one.position));
  return fingers;
}

json arrows_of(cases::CaseStore& store, const std::string& case_id) {
  json arrows = json::array();
  for (const cases::JournalRow& row : store.journal().rows(case_id)) {
    arrows.push_back({{"event", row.event},
                      {"from", row.from},
                      {"to", row.to},
                      {"by", row.by},
                      {"begun_at", row.begun_at},
                      {"ended_at", row.ended_at},
                      {"codes", row.codes},
                      {"intent_entry", row.intent_entry},
                      {"outcome_entry", row.outcome_entry}});
  }
  return arrows;
}

}  // namespace

std::string to_text(const base::Findings& findings) {
  std::string text;
  for (const base::Finding& finding : findings.list()) {
    text += fmt::format("  {:<26} {}: {}\n", finding.code, finding.where, finding.text);
  }
  return text;
}

json to_json(const base::Finding& finding) {
  return {{"code", finding.code},
          {"severity", std::string(base::severity_name(finding.severity))},
          {"where", finding.where},
          {"text", finding.text}};
}

namespace {

// By which rules and on what evidence a case was judged; the findings stand beside it.
void add_vetting(json& report, const std::optional<vetting::Result>& result) {
  if (!result) return;
  report["vetting"] = vetting::to_json(*result);
  report["vetting"].erase("findings");
}

}  // namespace

json to_json(const StepAnswer& answer) {
  if (answer.findings.failed()) {
    json report = inspection::to_json(production::not_issued(answer.findings));
    add_vetting(report, answer.vetting);
    return report;
  }
  json findings = json::array();
  for (const base::Finding& finding : answer.findings.list()) findings.push_back(to_json(finding));
  json report = {{"case", answer.case_id},
                 {"state", answer.state},
                 {"order_sha256", answer.order_sha256},
                 {"rule_set", answer.rule_set},
                 {"findings", std::move(findings)}};
  add_vetting(report, answer.vetting);
  return report;
}

std::string to_text(const StepAnswer& answer) {
  std::string text;
  if (!answer.case_id.empty()) {
    text = fmt::format("Hồ sơ {}: {} (case {})\n", answer.case_id, state_text(answer.state), answer.state);
  }
  if (answer.findings.failed()) text += "KHÔNG CẤP / NOT ISSUED\n";
  text += to_text(answer.findings);
  if (answer.vetting) {
    text += fmt::format("Bộ quy tắc / rule set {}; căn cứ / evidence: {}\n", answer.vetting->rule_set,
                        fmt::join(answer.vetting->evidence, ", "));
  }
  return text;
}

json to_json(const cases::RefusalNotice& notice) {
  json grounds = json::array();
  for (const cases::RefusalGround& ground : notice.grounds) {
    grounds.push_back({{"code", ground.code}, {"vi", ground.vi}, {"en", ground.en}, {"legal", ground.legal}});
  }
  return {{"form", "CC03"},
          {"case", notice.case_id},
          {"number", notice.number},
          {"full_name", notice.full_name},
          {"birth", base::to_iso(notice.birth)},
          {"asked", {{"vi", notice.asked_vi}, {"en", notice.asked_en}, {"legal", notice.asked_legal}}},
          {"refused_at", notice.at},
          {"by", notice.by},
          {"rule_set", notice.rule_set},
          {"grounds", std::move(grounds)}};
}

std::string to_text(const cases::RefusalNotice& notice) {
  std::string text = fmt::format(
      "Mẫu CC03 / form CC03\nTHÔNG BÁO TỪ CHỐI GIẢI QUYẾT THỦ TỤC VỀ CĂN CƯỚC\nNotice that a procedure on identity is "
      "refused\n\nHồ sơ / case: {}\nHọ và tên / full name: {}\nNgày sinh / birth: {}\nSố định danh / number: {}\n"
      "Đề nghị / asked for: {} / {} ({})\nTừ chối lúc / refused at: {}\n\nLý do và căn cứ / reasons and law:\n",
      notice.case_id, notice.full_name, base::to_vietnamese(notice.birth), notice.number, notice.asked_vi,
      notice.asked_en, notice.asked_legal, notice.at);
  for (const cases::RefusalGround& ground : notice.grounds) {
    text += ground.vi == ground.en ? fmt::format("  - {} ({})\n", ground.vi, ground.legal)
                                   : fmt::format("  - {} / {} ({})\n", ground.vi, ground.en, ground.legal);
  }
  return text +
         "\nNgười được thông báo có quyền khiếu nại; cán bộ khác sẽ giải quyết (Luật Khiếu nại 02/2011/QH13 Đ7).\n"
         "The person may appeal; other officers will decide.\n";
}

std::string to_text(const inspection::Report& report) {
  std::string text;
  for (const inspection::Step& step : report.steps) {
    constexpr const char* kResults[] = {"passed", "failed", "not performed", "not supported"};
    text += fmt::format("  {:<26} {} ({:.0f} ms)\n", step.name, kResults[static_cast<std::size_t>(step.result)],
                        step.cost.ms());
  }
  return text + to_text(report.findings) +
         fmt::format("Kết quả / verdict: {}\n", inspection::verdict_name(report.verdict));
}

std::string state_text(const std::string& state) {
  if (state.empty()) return "chưa tiếp nhận xong / not opened";
  const cases::State& entry = cases::CaseTable::shipped().state(state);
  return fmt::format("{} / {}", entry.vi, entry.en);
}

json show_case(cases::CaseStore& store, const std::string& case_id) {
  const vetting::Application application = store.application(case_id);
  const auto card = store.card(case_id);
  return {{"case", case_id},
          {"state", store.journal().state(case_id)},
          {"receiver", store.receiver(case_id)},
          {"application",
           {{"number", application.number},
            {"full_name", application.full_name},
            {"birth", base::to_iso(application.birth)},
            {"sex", std::string(document::vietnamese(application.sex))},
            {"reason", application.reason},
            {"marks", application.marks},
            {"form", application.form},
            {"portrait_bytes", application.portrait.size()},
            {"fingers", fingers_of(application)},
            {"fingers_missing", application.fingers_missing}}},
          {"order_sha256", store.current_order(case_id)},
          {"approvals", store.approvals(case_id).size()},
          {"chip", card ? json(card->serial) : json(nullptr)},
          {"issue", card && !card->issue.empty() ? json(card->issue) : json(nullptr)},
          {"reasons", store.reasons(case_id)},
          {"arrows", arrows_of(store, case_id)}};
}

std::string show_case_text(cases::CaseStore& store, const std::string& case_id) {
  const vetting::Application application = store.application(case_id);
  const vetting::Reason* reason = vetting::RuleSet::shipped().reason(application.reason);
  std::string text = fmt::format("Hồ sơ {}: {}\n", case_id, state_text(store.journal().state(case_id)));
  const auto line = [&](std::string_view label, std::string_view value) {
    text += fmt::format("  {:<34} {}\n", label, value);
  };
  line("Số định danh / number", application.number);
  line("Họ và tên / full name", application.full_name);
  line("Ngày sinh / birth", base::to_vietnamese(application.birth));
  line("Giới tính / sex", document::vietnamese(application.sex));
  line("Lý do / reason", reason != nullptr ? fmt::format("{} ({})", reason->vi, reason->code) : application.reason);
  line("Đặc điểm nhận dạng / marks", application.marks);
  std::string fingers = fmt::format("{}", fmt::join(fingers_of(application), ", "));
  if (!application.fingers_missing.empty()) fingers += fmt::format(" ({})", application.fingers_missing);
  line("Vân tay / fingers", fingers);
  line("Cán bộ tiếp nhận / receiver", store.receiver(case_id));
  if (const auto card = store.card(case_id)) line("Chip", card->serial);
  for (const std::string& given : store.reasons(case_id)) line("Ý kiến / reason given", given);
  for (const cases::JournalRow& row : store.journal().rows(case_id)) {
    std::string codes;
    for (const std::string& code : row.codes) codes += " " + code;
    const std::string outcome = row.ended_at.empty() ? "… (chưa xong / no outcome yet)"
                                : row.to.empty()     ? "không / no:" + codes
                                                     : row.to;
    text += fmt::format("  {}  {:<12} {:<12} -> {}\n", row.begun_at, row.event, row.by, outcome);
  }
  return text;
}

}  // namespace station
