#include "smartcard/inspection/step_meter.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace inspection {

StepMeter::StepMeter(const transport::CountingChannel* card) : card_(card) {
  for (const std::string_view name : kSteps) steps_.push_back({.name = std::string(name)});
  begin();
}

Step& StepMeter::step(std::string_view name) {
  const auto found = std::ranges::find(steps_, name, &Step::name);
  base::ensure(found != steps_.end(), "a step's name stands in the list");
  return *found;
}

void StepMeter::begin() {
  begun_ = std::chrono::steady_clock::now();
  commands_ = card_ == nullptr ? 0 : card_->commands();
  bytes_ = card_ == nullptr ? 0 : card_->bytes();
}

void StepMeter::end(std::string_view name, StepResult result) {
  Step& ended = step(name);
  ended.result = result;
  ended.ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_).count();
  if (card_ != nullptr) {
    ended.commands = card_->commands() - commands_;
    ended.bytes = card_->bytes() - bytes_;
  }
  begin();
}

void StepMeter::set(std::string_view name, StepResult result) {
  step(name).result = result;
}

}  // namespace inspection
