#pragma once
// The answer to "what does this card say, and is it genuine?": verdict, reasons, steps, findings (contract of
// report.json, docs/formats/report.md).

#include <chrono>
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

// What a step cost. `waiting` is the time between commands and their answers: on the wire and in the card together.
struct Cost {
  std::chrono::nanoseconds host{0}, waiting{0};
  std::int64_t commands = 0, bytes = 0;
  Cost& operator+=(const Cost& more);
  double ms() const;  // host and waiting
};

struct Step {
  std::string name;  // open bac pace read passive_authentication active_authentication … compare
  StepResult result = StepResult::NotPerformed;
  Cost cost;
};

struct Report {
  Verdict verdict = Verdict::Undecided;
  std::vector<Step> steps;
  // From before the first command to after the last comparison, measured by itself: what the steps add up to.
  Cost total;
  // The quickest answer of all. A reader does not say when the card began to work: so much of each wait counts as wire,
  // the rest as card. Zero: nobody was asked.
  std::chrono::nanoseconds quickest{0};
  base::Findings findings;
  nlohmann::json document = nlohmann::json::object();
  std::vector<std::string> reasons()
      const;  // codes of failing findings, sorted, unique; empty with an acceptable verdict
};

nlohmann::json to_json(const Report& report);

}  // namespace inspection
