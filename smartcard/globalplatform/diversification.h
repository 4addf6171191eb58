#pragma once
// One card's keys from a master key: KDF3, the counter-mode derivation that card management systems use with SCP03
// (GlobalPlatformPro "kdf3"): block i = AES-CMAC(master, i ‖ 00 00 00 ‖ k ‖ 00 ‖ KDD), k = 01 ENC, 02 MAC, 03 DEK;
// blocks are joined and cut to the master key's length.

#include "smartcard/globalplatform/keys.h"

namespace globalplatform {

inline constexpr std::size_t kKddSize = 10;  // key diversification data, the first bytes of INITIALIZE UPDATE's answer

// master: an AES key of 16, 24 or 32 bytes; kdd: 10 bytes.
KeySet derive_card_keys(const base::Secret& master, base::ByteView kdd);

}  // namespace globalplatform
