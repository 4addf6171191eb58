#include "smartcard/inspection/report.h"

namespace inspection {

namespace {

std::string_view result_name(StepResult result) {
  switch (result) {
    case StepResult::Passed:
      return "passed";
    case StepResult::Failed:
      return "failed";
    case StepResult::NotPerformed:
      return "not_performed";
    case StepResult::NotSupported:
      return "not_supported";
  }
  return "failed";
}

}  // namespace

std::string_view verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::Genuine:
      return "GENUINE";
    case Verdict::DataAuthentic:
      return "DATA AUTHENTIC";
    case Verdict::ChipNotProven:
      return "CHIP NOT PROVEN";
    case Verdict::NotGenuine:
      return "NOT GENUINE";
    case Verdict::Undecided:
      return "UNDECIDED";
    case Verdict::NotIssued:
      return "NOT ISSUED";
  }
  return "NOT GENUINE";
}

bool is_acceptable(Verdict verdict) {
  return verdict == Verdict::Genuine || verdict == Verdict::DataAuthentic;
}

std::vector<std::string> Report::reasons() const {
  return findings.failing_codes();
}

nlohmann::json to_json(const Report& report) {
  nlohmann::json steps = nlohmann::json::array();
  for (const Step& step : report.steps) {
    steps.push_back({{"name", step.name},
                     {"result", result_name(step.result)},
                     {"ms", step.ms},
                     {"commands", step.commands},
                     {"bytes", step.bytes}});
  }
  nlohmann::json findings = nlohmann::json::array();
  for (const base::Finding& finding : report.findings.list()) {
    findings.push_back({{"code", finding.code},
                        {"severity", base::severity_name(finding.severity)},
                        {"where", finding.where},
                        {"text", finding.text}});
  }
  return {{"verdict", verdict_name(report.verdict)},
          {"reasons", report.reasons()},
          {"steps", std::move(steps)},
          {"findings", std::move(findings)},
          {"document", report.document}};
}

}  // namespace inspection
