#pragma once
// That a chip is locked is proven by what it refuses: everything that could still change it is tried once, and each
// answer is kept.

#include <cstdint>
#include <string>
#include <vector>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/personalization/profile.h"
#include "smartcard/transport/channel.h"

namespace personalization {

class CardSession;

inline constexpr const char* kNotLocked = "CHIP_NOT_LOCKED";

struct ProbeAnswer {
  std::string probe;
  std::uint16_t status = 0;
  bool refused = false;
};
struct Locked {
  std::vector<ProbeAnswer> proof;  // empty when it was not reached
  base::Findings findings;         // CHIP_NOT_LOCKED: a probe was not refused
};

// Whether a status word is a refusal: 69xx, 6Axx, 6D00, 6E00.
bool is_refusal(std::uint16_t status);

// Of a locked GlobalPlatform chip: new keys and another personalization through `session` (under the card keys), a
// channel under the transport keys' version, the well-known test keys 404142…4F, and commands in the clear. Costs the
// chip no try; the session is of no use afterwards.
Locked prove_lock(transport::Channel& card, const Profile& profile, CardSession& session,
                  const globalplatform::KeySet& card_keys, base::Random& random);

}  // namespace personalization
