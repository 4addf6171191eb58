#pragma once
// Writes and locks a chip by the commands of its profile. What the chip refuses comes back as a finding that names the
// step; each step may be run again from its beginning.

#include "pki/base/core/finding.h"
#include "smartcard/lds/lds.h"
#include "smartcard/personalization/command_profile.h"
#include "smartcard/personalization/lock_proof.h"
#include "smartcard/transport/channel.h"

namespace personalization {

inline constexpr const char* kNoSecureChannel =
    "CHIP_CHANNEL_NOT_SECURE";  // warn: secrets went to the chip in the clear

// Creates and writes every file given and gives the chip its secrets, in the profile's order. Throws
// Error{FixConfiguration} before anything is sent when the profile has no place for a file, when it wants a value that
// is not given, or when a file is longer than a 15-bit offset reaches.
base::Findings write(transport::Channel& card, const CommandProfile& profile, const lds::Files& files, Values values);

// CHIP_NOT_LOCKED also when the product has no lock.
Locked lock(transport::Channel& card, const CommandProfile& profile);

}  // namespace personalization
