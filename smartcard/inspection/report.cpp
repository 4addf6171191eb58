#include "smartcard/inspection/report.h"

#include <algorithm>
#include <cmath>

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

double in_ms(std::chrono::nanoseconds time) {
  return std::round(std::chrono::duration<double, std::micro>(time).count()) / 1000;
}

// ms = wire_ms + card_ms + host_ms.
void put_cost(nlohmann::json& to, const Cost& cost, std::chrono::nanoseconds quickest) {
  const std::chrono::nanoseconds wire = std::min(cost.waiting, cost.commands * quickest);
  to["ms"] = cost.ms();
  to["wire_ms"] = in_ms(wire);
  to["card_ms"] = in_ms(cost.waiting - wire);
  to["host_ms"] = in_ms(cost.host);
  to["commands"] = cost.commands;
  to["bytes"] = cost.bytes;
}

}  // namespace

Cost& Cost::operator+=(const Cost& more) {
  host += more.host;
  waiting += more.waiting;
  commands += more.commands;
  bytes += more.bytes;
  return *this;
}

double Cost::ms() const {
  return in_ms(host + waiting);
}

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
    nlohmann::json one{{"name", step.name}, {"result", result_name(step.result)}};
    put_cost(one, step.cost, report.quickest);
    steps.push_back(std::move(one));
  }
  nlohmann::json total = nlohmann::json::object();
  put_cost(total, report.total, report.quickest);
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
          {"total", std::move(total)},
          {"findings", std::move(findings)},
          {"document", report.document}};
}

}  // namespace inspection
