#pragma once
// The ciphers that secure messaging speaks, and the key derivation function that makes its keys from what two sides
// have agreed on (ICAO Doc 9303-11 §9.7.1).

#include <cstddef>

#include "pki/base/core/secret.h"

namespace secure_messaging {

enum class Cipher { TripleDes, Aes128, Aes192, Aes256 };

std::size_t key_size(Cipher cipher);    // 16, 16, 24, 32 octets
std::size_t block_size(Cipher cipher);  // 8 or 16 octets

// §9.7.1.1: KDF(K, c). Counter 1 gives a key to encrypt with, 2 one for a MAC, 3 one from a password. SHA-1 up to
// 128-bit keys, SHA-256 above; 3DES keys have their parity adjusted.
base::Secret derive_key(Cipher cipher, base::ByteView shared_secret, std::uint8_t counter);

struct SessionKeys {
  base::Secret enc, mac;
};
SessionKeys derive_session_keys(Cipher cipher, base::ByteView shared_secret);

// CBC with a zero IV over whole blocks, as PACE uses it.
base::Bytes cbc_encrypt(Cipher cipher, base::ByteView key, base::ByteView blocks);
base::Bytes cbc_decrypt(Cipher cipher, base::ByteView key, base::ByteView blocks);
// Eight octets over data that is padded here: the retail MAC, or CMAC cut off (§9.8.6).
base::Bytes mac(Cipher cipher, base::ByteView key, base::ByteView data);

}  // namespace secure_messaging
