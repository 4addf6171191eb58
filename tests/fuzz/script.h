#pragma once
// The scripts of the protocol laws, and the cards that play them.

#include <algorithm>
#include <map>
#include <vector>

#include "pki/base/core/error.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/transport/channel.h"

namespace fuzz {

// A script: one byte of length, then that many bytes, again and again.
template <class Use>
void each_piece(base::ByteView script, Use use) {
  while (!script.empty()) {
    const std::size_t size = std::min<std::size_t>(script[0], script.size() - 1);
    use(script.subspan(1, size));
    script = script.subspan(1 + size);
  }
}

inline base::Bytes script_of(const std::vector<const char*>& pieces) {
  base::Bytes script;
  for (const char* piece : pieces) {
    const base::Bytes bytes = base::hex(piece);
    script.push_back(static_cast<std::uint8_t>(bytes.size()));
    base::append(script, bytes);
  }
  return script;
}

// Where, and the octets put there; no octets: cut off there.
inline void put(base::Bytes& octets, base::ByteView change) {
  const std::size_t at = std::min<std::size_t>(change[0], octets.size());
  octets.resize(change.size() == 1 ? at : std::max(octets.size(), at + change.size() - 1));
  std::copy(change.begin() + 1, change.end(), octets.begin() + static_cast<std::ptrdiff_t>(at));
}

// Answers with the pieces of a script, then with 6A82.
class ScriptedCard final : public transport::Channel {
 public:
  explicit ScriptedCard(base::ByteView script) {
    each_piece(script, [this](base::ByteView piece) { answers_.emplace_back(piece.begin(), piece.end()); });
  }
  apdu::Response transmit(const apdu::Command&) override {
    const base::Bytes raw = next_ < answers_.size() ? answers_[next_++] : base::hex("6A82");
    const auto response = apdu::decode_response(raw);
    if (!response) throw base::Error(base::Fault::PresentCardAgain, "asking a scripted card", "its answer was cut");
    return *response;
  }
  bool extended_length() const override { return true; }

 private:
  std::vector<base::Bytes> answers_;
  std::size_t next_ = 0;
};

// A genuine chip behind somebody who changes what it answers. Each piece: which command, where, and the octets put
// there; no octets cut the answer off there.
class EvilRelay final : public transport::Channel {
 public:
  EvilRelay(simulator::Chip& chip, base::ByteView script) : chip_(chip) {
    each_piece(script, [this](base::ByteView piece) {
      if (piece.size() >= 2) changes_.emplace(piece[0] % 64, base::Bytes(piece.begin() + 1, piece.end()));
    });
  }
  apdu::Response transmit(const apdu::Command& command) override {
    const base::Bytes honest = chip_.transmit(apdu::encode(command));
    base::Bytes answer = honest;
    for (auto [change, end] = changes_.equal_range(count_++); change != end; ++change) put(answer, change->second);
    const bool proves = (command.cla & 0x0C) != 0 || command.ins == 0x82 || command.ins == 0x86;
    changed_a_proof_ |= proves && answer != honest;
    const auto response = apdu::decode_response(answer);
    if (!response) throw base::Error(base::Fault::PresentCardAgain, "asking a card behind a relay", "it was cut off");
    return *response;
  }
  bool extended_length() const override { return true; }
  // An answer that is protected, or that is the chip's half of BAC, PACE or chip authentication.
  bool changed_a_proof() const { return changed_a_proof_; }

 private:
  simulator::Chip& chip_;
  std::multimap<std::size_t, base::Bytes> changes_;
  std::size_t count_ = 0;
  bool changed_a_proof_ = false;
};

}  // namespace fuzz
