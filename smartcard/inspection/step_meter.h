#pragma once
// Measures the steps of an inspection: time, commands, bytes on the link. Nothing falls between two steps: whatever was
// done since the last step ended belongs to the next one that ends.

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

  // May be called several times for one step: the costs add up, the last result stands.
  void end(std::string_view name, StepResult result);
  void set(std::string_view name, StepResult result);  // a step that took nothing
  StepResult result(std::string_view name) { return step(name).result; }

  // The steps and their total, into the report.
  void finish(Report& report);

 private:
  using Clock = std::chrono::steady_clock;
  struct Reading {
    Clock::time_point time;
    std::chrono::nanoseconds waited{0};
    std::int64_t commands = 0, bytes = 0;
  };
  Reading read() const;
  static Cost between(const Reading& a, const Reading& b);
  Step& step(std::string_view name);
  const transport::CountingChannel* card_;
  std::vector<Step> steps_;
  Reading begun_, last_;
};

}  // namespace inspection
