#pragma once
// The keys of one card out of the master key: KDF3, the counter mode of NIST SP 800-108 with AES-CMAC as GlobalPlatform
// tools use it for SCP03 cards. K(k) = CMAC(master, 01 ‖ 00 00 00 ‖ k ‖ 00 ‖ KDD), k = 1 ENC, 2 MAC, 3 DEK.

#include "issuance/signing/client.h"

namespace signing {

inline constexpr std::size_t kKddBytes = 10;  // the first ten bytes of INITIALIZE UPDATE's answer

// master: AES-128; kdd: kKddBytes (ensure).
CardKeys derive_card_keys(const base::Secret& master, base::ByteView kdd);

}  // namespace signing
