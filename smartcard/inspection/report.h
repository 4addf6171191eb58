#pragma once
// The answer to "what does this card say, and is it genuine?": verdict, reasons, steps, findings (contract of
// report.json, docs/formats/report.md).

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pki/base/core/finding.h"

namespace inspection {

enum class Verdict { Genuine, DataAuthentic, ChipNotProven, NotGenuine, Undecided, NotIssued };
std::string_view verdict_name(Verdict verdict);  // "GENUINE", "DATA AUTHENTIC", …
bool is_acceptable(Verdict verdict);             // exit 0

enum class StepResult { Passed, Failed, NotPerformed, NotSupported };

struct Step {
  std::string name;  // open bac pace read passive_authentication active_authentication … compare
  StepResult result = StepResult::NotPerformed;
  std::int64_t ms = 0, commands = 0, bytes = 0;
};

struct Report {
  Verdict verdict = Verdict::Undecided;
  std::vector<Step> steps;
  base::Findings findings;
  nlohmann::json document = nlohmann::json::object();
  std::vector<std::string> reasons()
      const;  // codes of failing findings, sorted, unique; empty with an acceptable verdict
};

nlohmann::json to_json(const Report& report);

}  // namespace inspection
