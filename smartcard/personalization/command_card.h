#pragma once
// Writes and locks a chip by the commands of its profile. What the chip refuses comes back as a finding that names the
// step; each step may be run again from its beginning.

#include <string>
#include <vector>

#include "pki/base/core/finding.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/command_profile.h"
#include "smartcard/transport/channel.h"

namespace personalization {

inline constexpr const char* kNoSecureChannel =
    "CHIP_CHANNEL_NOT_SECURE";  // warn: secrets went to the chip in the clear
inline constexpr const char* kNotLocked = "CHIP_NOT_LOCKED";

// Creates and writes every file given and gives the chip its secrets, in the profile's order. Throws
// Error{FixConfiguration} before anything is sent when the profile has no place for a file, when it wants a value that
// is not given, or when a file is longer than a 15-bit offset reaches.
base::Findings write(transport::Channel& card, const CommandProfile& profile, const lds::Files& files, Values values);

// What each probe was answered once the chip was locked; kept with the case as the proof.
struct ProbeAnswer {
  std::string probe;
  std::uint16_t status = 0;
  bool refused = false;
};
struct Locked {
  std::vector<ProbeAnswer> proof;
  base::Findings findings;  // CHIP_NOT_LOCKED: the product has no lock, or a probe was not refused
};
Locked lock(transport::Channel& card, const CommandProfile& profile);

}  // namespace personalization
