#pragma once
// How long a real reader and a real card would take over the commands that the simulated one got: reckoned beside the
// run, never slept. The figures stand in link_table.cpp and in docs/formats/virtual-chip.md.

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "smartcard/simulator/effort.h"

namespace simulator {

using Microseconds = std::chrono::duration<double, std::micro>;

// ISO/IEC 14443-4, or ISO/IEC 7816-3 with T=1: an APDU travels in frames, and whoever has more to send waits for an
// empty frame of the other side before the next one.
struct LinkKind {
  std::string_view name;  // "contactless-106"
  std::string_view what;  // one line
  double bits_per_second;
  double bits_per_octet;       // with start, parity, stop and guard
  std::size_t frame_octets;    // of an APDU in one frame, at most
  std::size_t frame_overhead;  // octets around them
  Microseconds turnaround;     // between a frame and the one that answers it
};
std::span<const LinkKind> link_kinds();
const LinkKind& link_named(std::string_view name);  // throws base::Error{UsedWrongly} when there is none

struct CardKind {
  Microseconds command;       // any command: decoding, access rules
  Microseconds cipher_octet;  // each octet under secure messaging or SCP03, enciphered and in the MAC
  std::size_t page_octets;
  Microseconds page;  // to write one
  Microseconds agreement, verification, signature, signing_key;
};
const CardKind& usual_card();

struct ModelTime {
  Microseconds wire{0}, processor{0}, memory{0}, pause{0};
  Microseconds total() const { return wire + processor + memory + pause; }
};

class LinkModel {
 public:
  explicit LinkModel(const LinkKind& link, const CardKind& card = usual_card()) : link_(link), card_(card) {}

  // One exchange as it stood on the wire.
  void count(base::ByteView command, base::ByteView answer, const Effort& effort);
  const ModelTime& time() const { return time_; }
  std::uint64_t commands() const { return commands_; }

  // What nobody can be faster than who brings `octets` into the memory of this card: each octet once over the wire,
  // enciphered, in the longest commands, each page written once; and the keys that the card makes meanwhile.
  ModelTime floor(std::size_t octets, const Effort& keys) const;

  // JSON: link, commands, octets in and out, microseconds by what they were spent on.
  std::string report() const;

 private:
  Microseconds on_the_wire(std::size_t octets) const;  // one direction
  Microseconds of_processor(const Effort& effort) const;
  Microseconds of_memory(std::size_t octets, std::uint32_t changes) const;

  const LinkKind& link_;
  const CardKind& card_;
  ModelTime time_;
  std::uint64_t commands_ = 0;
  std::size_t octets_in_ = 0, octets_out_ = 0;
};

}  // namespace simulator
