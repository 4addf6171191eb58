#pragma once
// The keys of one card out of the master key: KDF3, the counter mode of NIST SP 800-108 with AES-CMAC as GlobalPlatform
// tools use it for SCP03 cards. Block i of K(k) = CMAC(master, i ‖ 00 00 00 ‖ k ‖ 00 ‖ KDD), k = 1 ENC, 2 MAC, 3 DEK;
// a card key is as long as the master key. Nothing else derives card keys: who has the master key has every card.

#include "issuance/signing/client.h"
#include "pki/keystore/mac_key.h"

namespace signing {

inline constexpr std::size_t kKddBytes = 10;  // the first ten bytes of INITIALIZE UPDATE's answer

// Each as long as the master key; kdd: kKddBytes (ensure).
// Errors as keystore::MacKey::mac: the master key may stand in a token, and does not leave it for this.
CardKeys derive_card_keys(const keystore::MacKey& master, base::ByteView kdd);

}  // namespace signing
