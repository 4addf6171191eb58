// What becomes of cases that did not go through: the held ones wait for the register, the refused ones for an appeal.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "issuance/station/station.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace station {

namespace {

struct Correctable {
  std::string_view field, code;  // of the rule that finds it to differ
  std::string (*claimed)(const vetting::Application&);
};

constexpr std::array<Correctable, 3> kCorrectable{{
    {"full_name", "NAME_DIFFERS", [](const vetting::Application& a) { return a.full_name; }},
    {"birth", "BIRTH_DIFFERS", [](const vetting::Application& a) { return base::to_iso(a.birth); }},
    {"sex", "SEX_DIFFERS", [](const vetting::Application& a) { return std::string(document::vietnamese(a.sex)); }},
}};

bool found(const std::optional<vetting::Result>& result, std::string_view code) {
  return result && std::ranges::any_of(result->findings, [&](const auto& finding) { return finding.code == code; });
}

// Whether a number's version says when the case may go on. Marks of cases are no part of it, nor is time; and a case
// that its last vetting let pass was held by something else.
bool waits_for_the_register(const std::optional<vetting::Result>& result) {
  return result && result->outcome() == vetting::Outcome::Held && result->extract.empty() &&
         !found(result, "OPEN_CASE");
}

}  // namespace

StepAnswer Station::appeal(const std::string& case_id, const cases::StationOfficer& receiver,
                           const keystore::SigningKey& receiver_key, const std::string& reason) {
  store_->need(case_id);
  auto begun = store_->journal().begin(case_id, "appeal", {.account = receiver.account, .role = receiver.role}, {});
  if (auto* findings = std::get_if<base::Findings>(&begun)) return stand(case_id, std::move(*findings));
  auto& step = std::get<cases::Step>(begun);
  std::string receipt;
  base::Findings findings = store_->give_to(case_id, receiver, receiver_key, receipt);
  if (findings.failed()) {
    step.stay(findings.failing_codes());
    return stand(case_id, std::move(findings));
  }
  const std::string commitment = store_->keep_reason(case_id, "appeal", reason);
  step.walk({"other-officers", "reason-given"},
            {{"reason", commitment}, {"receipt_sha256", evidence::sha256_text(receipt)}},
            [&] { store_->keep_receiver(case_id, receiver.account, receipt); });
  return stand(case_id);
}

std::vector<StepAnswer> Station::resume(cases::RegistryClient& registry) {
  std::vector<StepAnswer> answers;
  for (const cases::CaseLine& line : store_->list()) {
    if (line.state != "held") continue;
    const auto last = store_->last_vetting(line.id);
    if (waits_for_the_register(last)) {
      const cases::NumberStatus now = registry.status(store_->application(line.id).number);
      if (now.version == last->register_version) continue;
    }
    answers.push_back(vet(line.id, registry));
  }
  return answers;
}

StepAnswer Station::request_correction(const std::string& case_id, const std::string& field,
                                       const cases::StationOfficer& officer, cases::RegistryClient& registry) {
  store_->need(case_id);
  const auto* correctable = std::ranges::find_if(kCorrectable, [&](const auto& known) { return known.field == field; });
  if (correctable == kCorrectable.end()) {
    throw base::Error(base::Fault::UsedWrongly, "asking for a correction",
                      "--field is one of full_name, birth, sex: what an application claims and the register has too");
  }
  base::Findings findings;
  if (store_->journal().state(case_id) != "held") {
    findings.fail("CASE_STATE", "case", "Hồ sơ không tạm dừng / the case is not held: nothing waits for a correction");
  } else if (!found(store_->last_vetting(case_id), correctable->code)) {
    findings.fail("CORRECTION_NOT_DUE", field,
                  "Lần kiểm tra gần nhất không thấy thông tin này khác nhau / the last vetting did not find this field "
                  "to differ");
  } else {
    findings.add(store_->may_act(case_id, officer));
  }
  if (findings.failed()) return stand(case_id, std::move(findings));
  const vetting::Application application = store_->application(case_id);
  const std::string value = correctable->claimed(application);
  nlohmann::json said = {{"case", case_id}, {"by", officer.account}, {"field", field}};
  said["value"] = store_->commit_to(case_id, "correction." + field, value);
  cases::Journal& journal = store_->journal();
  journal.post("case.correction.intent", said);
  journal.log_posted();
  findings = registry.request_correction(application.number, case_id,
                                         {.field = field, .value = value, .asked_by = officer.person});
  said["codes"] = findings.failing_codes();
  journal.post("case.correction.outcome", said);
  journal.log_posted();
  return stand(case_id, std::move(findings));
}

}  // namespace station
