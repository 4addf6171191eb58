#pragma once
// A chip that runs its protocols as it should and says what a script makes of its answers: on the wire, inside secure
// messaging before they are protected, and in its files from one opening on. So what lies behind PACE and chip
// authentication is reached by whatever a script holds, and an honest session written down is a script too.

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "pki/base/core/random.h"
#include "smartcard/simulator/chip.h"
#include "smartcard/simulator/tampering.h"
#include "smartcard/transport/channel.h"

namespace fuzz {

enum class Place : std::uint8_t { Wire, Inside, File };
enum class Rewriting : std::uint8_t { Put, Cut, Whole, Insert, Remove, StatusWord, Before };

// One piece of a script: its length in two octets, then place, number, rewriting, offset in two octets, octets.
struct Change {
  Place place = Place::Wire;
  std::uint8_t number = 0;  // of the answer or opening, counted in its place from 0; kEach: all
  Rewriting rewriting = Rewriting::Put;
  std::uint16_t at = 0;
  base::Bytes octets;
};
inline constexpr std::uint8_t kEach = 0xFF;

std::vector<Change> read_changes(base::ByteView script);  // any octets are a script
base::Bytes script_of(const std::vector<Change>& changes);

// Whoever asks more than this of one card will not end.
inline constexpr std::size_t kMostCommands = 40'000;
struct Endless {};  // thrown, and no base::Error: nobody catches it but the law

class RewrittenCard final : public transport::Channel, private simulator::Tampering {
 public:
  RewrittenCard(simulator::StateStore& store, base::Random& random, base::ByteView script);

  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return true; }

  // Whether an answer was changed that is the chip's half of a proof: protected, or of BAC, PACE, chip or active
  // authentication.
  bool changed_a_proof() const { return changed_a_proof_; }
  // What it said, as changes that leave everything as it was.
  const std::vector<Change>& said() const { return said_; }

 private:
  void opened(std::uint16_t file, base::Bytes& content) override;
  void answered(const apdu::Command& command, apdu::Response& response) override;
  bool takes_new_keys() override { return true; }
  apdu::Response once(const apdu::Command& command);
  void rewrite(Place place, base::Bytes& octets);

  class FalseChip final : public simulator::Chip {
   public:
    FalseChip(simulator::StateStore& store, base::Random& random, Tampering& tampering)
        : Chip(store, random, &tampering) {}
  };

  FalseChip chip_;
  std::vector<Change> changes_, said_;
  std::map<Place, std::size_t> count_;
  std::map<Place, base::Bytes> before_;
  std::size_t commands_ = 0;
  bool changed_a_proof_ = false;
};

}  // namespace fuzz
