#pragma once
// The ciphers that protect a session, and how its keys are derived: ICAO Doc 9303-11 §9.7.1, §9.8. The number is the
// last arc of the PACE and Chip Authentication protocols (TR-03110-3 A.1.1.1).

#include <cstdint>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace simulator {

enum class Suite : std::uint8_t { TripleDes = 1, Aes128 = 2, Aes192 = 3, Aes256 = 4 };

std::size_t block_size(Suite suite);  // 8 or 16
std::size_t key_size(Suite suite);    // 16, 16, 24, 32

inline constexpr std::uint8_t kDeriveEnc = 1, kDeriveMac = 2, kDerivePassword = 3;
// KDF(secret, counter).
base::Secret derive_key(Suite suite, base::ByteView secret, std::uint8_t counter);

// CBC over whole blocks; iv: one block, which 3DES does not use (it is 0, §9.8.6.1).
base::Bytes encrypt(Suite suite, base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes decrypt(Suite suite, base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes encrypt_block(Suite suite, base::ByteView key, base::ByteView block);

// The checksum of a protected message, 8 octets: data is padded to the block (§9.8.6.3).
base::Bytes message_checksum(Suite suite, base::ByteView key, base::ByteView data);
// The authentication token of PACE, 8 octets: AES takes the data as it is (§4.4.3.4).
base::Bytes authentication_token(Suite suite, base::ByteView key, base::ByteView data);

}  // namespace simulator
