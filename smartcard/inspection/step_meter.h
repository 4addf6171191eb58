#pragma once
// Measures the steps of an inspection: time, commands, bytes on the link.

#include <chrono>
#include <string>
#include <vector>

#include "smartcard/inspection/report.h"
#include "smartcard/transport/observing_channels.h"

namespace inspection {

// The steps of a report, in their order (contract of report.json). Every report names all of them.
inline constexpr std::string_view kSteps[] = {"open",
                                              "bac",
                                              "pace",
                                              "read",
                                              "passive_authentication",
                                              "active_authentication",
                                              "chip_authentication",
                                              "terminal_authentication",
                                              "compare"};

class StepMeter {
 public:
  // card: null when there is no chip. Must outlive the meter.
  explicit StepMeter(const transport::CountingChannel* card);

  void begin();  // starts the clock of the next step
  void end(std::string_view name, StepResult result);
  void set(std::string_view name, StepResult result);  // a step that took nothing

  std::vector<Step> take() { return std::move(steps_); }

 private:
  Step& step(std::string_view name);
  const transport::CountingChannel* card_;
  std::vector<Step> steps_;
  std::chrono::steady_clock::time_point begun_;
  std::int64_t commands_ = 0, bytes_ = 0;
};

}  // namespace inspection
