#pragma once
// False cards: a personalized chip that is wrong in one respect, for tests and for training inspectors. A fault is
// data: one edit of one file before the chip starts, or of the chip's answers on their way out. The list stands in
// faults_table.cpp; what the inspector says to each stands beside its test.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "smartcard/simulator/chip.h"

namespace simulator {

enum class Edit {
  Flip,      // the lowest bit of the octet at `at`
  Put,       // `octets` over those at `at`
  Insert,    // `octets` before the one at `at`
  Remove,    // `count` octets from `at` on
  Half,      // only the first half stays
  Whole,     // `octets` instead of everything
  Longer,    // the outer TLV says one octet more than there is
  Shorter,   // … one less
  Absent,    // no such file (files only)
  Replay,    // the answer before this one once more (answers only)
  OtherKey,  // a key of the chip's own making (keys only)
};

struct Fault {
  enum class Where { File, Answer, ActiveAuthenticationKey, AccessKeys };
  std::string_view name;  // "dg2-bit"
  std::string_view what;  // one line
  Where where = Where::File;
  std::uint16_t target = 0;  // a file identifier; or CLA and INS of the commands whose answer is changed
  Edit edit = Edit::Flip;
  std::ptrdiff_t at = 0;         // negative: counted from the end; an answer ends in its status word
  std::string_view octets = {};  // hexadecimal
  std::size_t count = 0;
  int nth = 1;  // which of these answers, 0: each
};

std::span<const Fault> faults();
const Fault& fault_named(std::string_view name);  // throws base::Error{UsedWrongly} when there is none

// The memory of the false chip. Throws base::Error{FixConfiguration} when `state` lacks what is to be changed.
State with_fault(State state, const Fault& fault, base::Random& random);

// The chip behind the fault. `store` holds what with_fault() gave.
class FalseChip final : public Chip {
 public:
  FalseChip(StateStore& store, base::Random& random, const Fault& fault) : Chip(store, random), fault_(fault) {}
  base::Bytes transmit(base::ByteView command) override;

 private:
  const Fault& fault_;
  int seen_ = 0;
  base::Bytes before_;  // the chip's last answer
};

}  // namespace simulator
