#pragma once
// A gate: card in, verdict, card out, the next one. It outlives an unplugged reader and a restarted smart card service;
// what is wrong with files of ours ends it.

#include <cstddef>
#include <functional>

#include "pki/base/core/error.h"
#include "smartcard/inspection/report.h"

namespace inspection {

struct Gate {
  std::function<bool(bool present)> await;  // false: the time passed without; throws base::Error as PC/SC does
  std::function<Report()> inspect;
  std::function<void(const Report&)> answer;
  std::function<void()> card_out = [] {};
  std::function<void(const base::Error&)> tell;  // once for each trouble, however long it lasts
  std::function<void()> pause;                   // before the service or the reader is looked for again
  std::size_t cards = 0;                         // ends after so many verdicts; 0: never
};

// Throws base::Error of the faults FixConfiguration, TreatAsAttack and UsedWrongly.
void run_gate(const Gate& gate);

}  // namespace inspection
