#pragma once
// False cards: a personalized chip that is wrong in one respect, for tests and for training inspectors. A fault is
// data: one edit of what the chip keeps, before it starts, or of what it says. The list stands in faults_table.cpp;
// what the inspector says to each stands beside its test.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "smartcard/simulator/chip.h"

namespace simulator {

enum class Edit {
  Flip,           // the lowest bit of the octet at `at`
  Put,            // `octets` over those at `at`
  Insert,         // `octets` before the one at `at`
  Remove,         // `count` octets from `at` on
  Half,           // only the first half stays
  Whole,          // `octets` instead of everything; of an answer inside secure messaging: data and status word
  Longer,         // the outer TLV says one octet more than there is
  Shorter,        // … one less
  Absent,         // there is none (files, keys, trust points)
  Replay,         // the answer before this one once more (answers on the wire)
  Reflect,        // the terminal's own public key for an answer (PACE)
  OtherKey,       // a key of the chip's own making (keys)
  OtherKeyNamed,  // the same, and the file names it (keys)
};

struct Fault {
  enum class Where {
    File,        // of the application
    MasterFile,  // of the MF
    Reading,     // a file of the application from its nth opening on
    Answer,      // on the wire
    Protected,   // the answer inside secure messaging, before it is protected
    ActiveAuthenticationKey,
    ChipKeys,  // of chip authentication
    AccessKeys,
    TrustPoints,  // of terminal authentication
    NewKeys,      // the session after chip authentication goes on under the old ones
  };
  std::string name;  // "dg2-bit"
  std::string what;  // one line
  Where where = Where::File;
  std::uint16_t target = 0;  // a file identifier; or CLA and INS of the commands whose answer is changed
  Edit edit = Edit::Flip;
  std::ptrdiff_t at = 0;         // negative: counted from the end; an answer ends in its status word
  std::string_view octets = {};  // hexadecimal
  std::size_t count = 0;
  int nth = 1;              // which of these answers, 0: each
  std::uint16_t after = 0;  // CLA and INS: answers are counted from the first of these commands on; 0: from the start
};

std::span<const Fault> faults();
const Fault& fault_named(std::string_view name);  // throws base::Error{UsedWrongly} when there is none

// The memory of the false chip. Throws base::Error{FixConfiguration} when `state` lacks what is to be changed.
State with_fault(State state, const Fault& fault, base::Random& random);

// The chip behind the fault. `store` holds what with_fault() gave.
class FalseChip final : private Tampering, public Chip {
 public:
  FalseChip(StateStore& store, base::Random& random, const Fault& fault) : Chip(store, random, this), fault_(fault) {}
  base::Bytes transmit(base::ByteView command) override;

 private:
  void opened(std::uint16_t file, base::Bytes& content) override;
  void answered(const apdu::Command& command, apdu::Response& response) override;
  bool takes_new_keys() override { return fault_.where != Fault::Where::NewKeys; }
  // Whether the answer to this command is the one to change; counts it.
  bool is_meant(std::uint8_t cla, std::uint8_t ins);

  const Fault& fault_;
  int seen_ = 0;
  bool counting_ = false;
  base::Bytes before_;  // the chip's last answer
};

}  // namespace simulator
