#include "issuance/vetting/result_json.h"

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace vetting {

namespace {

using nlohmann::json;

json to_json(const VettingFinding& finding) {
  return {{"code", finding.code},      {"severity", std::string(severity_name(finding.severity))},
          {"field", finding.field},    {"position", finding.position},
          {"legal", finding.legal},    {"vi", finding.vi},
          {"en", finding.en},          {"evidence", finding.evidence},
          {"closing", finding.closing}};
}

VettingFinding finding_from_json(const json& kept) {
  VettingFinding finding{.code = kept.at("code").get<std::string>(),
                         .severity = Severity::Refuse,
                         .field = kept.at("field").get<std::string>(),
                         .position = kept.at("position").get<std::size_t>(),
                         .legal = kept.at("legal").get<std::string>(),
                         .vi = kept.at("vi").get<std::string>(),
                         .en = kept.at("en").get<std::string>(),
                         .evidence = kept.at("evidence").get<std::vector<std::string>>(),
                         .closing = kept.at("closing").get<std::string>()};
  const std::string severity = kept.at("severity").get<std::string>();
  for (const Severity known :
       {Severity::Refuse, Severity::Hold, Severity::CorrectFirst, Severity::Ask, Severity::Note}) {
    if (severity_name(known) == severity) finding.severity = known;
  }
  return finding;
}

}  // namespace

json to_json(const Result& result) {
  json findings = json::array();
  for (const VettingFinding& finding : result.findings) findings.push_back(to_json(finding));
  return {{"rule_set", result.rule_set},
          {"evidence", result.evidence},
          {"answer_sha256", result.answer_sha256},
          {"register_version", result.register_version},
          {"extract", result.extract},
          {"findings", std::move(findings)}};
}

Result result_from_json(const json& kept) {
  Result result;
  bool same = false;
  try {
    result = {.rule_set = kept.at("rule_set").get<std::string>(),
              .evidence = kept.at("evidence").get<std::vector<std::string>>(),
              .answer_sha256 = kept.at("answer_sha256").get<std::string>(),
              .register_version = kept.at("register_version").get<std::int64_t>(),
              .extract = kept.at("extract").get<std::string>(),
              .findings = {}};
    for (const json& finding : kept.at("findings")) result.findings.push_back(finding_from_json(finding));
    same = to_json(result) == kept;
  } catch (const json::exception&) {
    same = false;
  }
  if (!same) {
    throw base::Error(base::Fault::TreatAsAttack, "reading a vetting's result back from the store",
                      "it is not in the form in which this program keeps it; somebody wrote into the store");
  }
  return result;
}

}  // namespace vetting
