#include "smartcard/inspection/gate.h"

#include <string>

namespace inspection {

namespace {

class Attempts {
 public:
  explicit Attempts(const Gate& gate) : gate_(gate) {}

  // Whether the step came to its end. What may pass by itself is told and waited out.
  template <class Step>
  bool operator()(const Step& step) {
    try {
      step();
      told_.clear();
      return true;
    } catch (const base::Error& error) {
      const bool passes = error.fault() == base::Fault::AskOperator || error.fault() == base::Fault::PresentCardAgain;
      if (!passes) throw;
      if (told_ != error.what()) gate_.tell(error);
      told_ = error.what();
      if (error.fault() == base::Fault::AskOperator) gate_.pause();
      return false;
    }
  }

 private:
  const Gate& gate_;
  std::string told_;
};

}  // namespace

void run_gate(const Gate& gate) {
  Attempts attempt(gate);
  const auto await = [&gate](bool present) {
    while (!gate.await(present)) {
    }
  };
  for (std::size_t seen = 0; gate.cards == 0 || seen < gate.cards;) {
    if (!attempt([&] { await(true); })) continue;
    if (attempt([&] { gate.answer(gate.inspect()); })) ++seen;
    if (seen == gate.cards && gate.cards != 0) return;
    // A reader that is gone took its card along.
    if (attempt([&] { await(false); })) gate.card_out();
  }
}

}  // namespace inspection
