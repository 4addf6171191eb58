#include "smartcard/inspection/step_meter.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace inspection {

StepMeter::StepMeter(const transport::CountingChannel* card) : card_(card), begun_(read()), last_(begun_) {
  for (const std::string_view name : kSteps) steps_.push_back({.name = std::string(name)});
}

StepMeter::Reading StepMeter::read() const {
  Reading now{.time = Clock::now()};
  if (card_ == nullptr) return now;
  now.waited = card_->waited();
  now.commands = card_->commands();
  now.bytes = card_->bytes();
  return now;
}

Cost StepMeter::between(const Reading& a, const Reading& b) {
  const std::chrono::nanoseconds waiting = b.waited - a.waited;
  return {.host = (b.time - a.time) - waiting,
          .waiting = waiting,
          .commands = b.commands - a.commands,
          .bytes = b.bytes - a.bytes};
}

Step& StepMeter::step(std::string_view name) {
  const auto found = std::ranges::find(steps_, name, &Step::name);
  base::ensure(found != steps_.end(), "a step's name stands in the list");
  return *found;
}

void StepMeter::end(std::string_view name, StepResult result) {
  const Reading now = read();
  Step& ended = step(name);
  ended.result = result;
  ended.cost += between(last_, now);
  last_ = now;
}

void StepMeter::set(std::string_view name, StepResult result) {
  step(name).result = result;
}

void StepMeter::finish(Report& report) {
  report.total = between(begun_, read());
  report.quickest = card_ == nullptr ? std::chrono::nanoseconds{0} : card_->quickest();
  report.steps = std::move(steps_);
}

}  // namespace inspection
