#pragma once
// The keys that a chip makes for itself and proves itself with: one STORE DATA each, whose answer is the public part.
// The private part never leaves the chip.

#include "pki/base/core/bytes.h"
#include "smartcard/personalization/card_session.h"
#include "smartcard/personalization/profile.h"

namespace personalization {

struct ChipPublicKeys {
  base::Bytes active_authentication;  // SubjectPublicKeyInfo, DER
  base::Bytes chip_authentication;    // the same; empty when the profile asks for none
};
// Both in one run of STORE DATA; a chip that has keys makes others. nullopt, with a finding of the session, when the
// card refuses or its answer is no key that a terminal could use.
std::optional<ChipPublicKeys> make_chip_keys(CardSession& session, const Profile& profile);

}  // namespace personalization
