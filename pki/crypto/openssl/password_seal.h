#pragma once
// A secret at rest under a password: AES-256-GCM (NIST SP 800-38D) with a key from PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2),
// 600,000 rounds (password_rounds.h: a build for tests takes fewer).

#include <optional>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/password_rounds.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace crypto::openssl {

inline constexpr int kSealRounds = base::kPasswordRounds;

struct Seal {
  int rounds = kSealRounds;
  base::Bytes salt;        // 16 bytes
  base::Bytes nonce;       // 12 bytes
  base::Bytes ciphertext;  // as long as the secret
  base::Bytes tag;         // 16 bytes
};

// purpose is authenticated with the secret, so a seal made for one use does not open for another.
Seal seal(const base::Secret& secret, const base::Secret& password, std::string_view purpose, base::Random& random);
// nullopt: wrong password, other purpose, or the seal was changed. Rounds outside kSealRounds…10,000,000 are refused.
std::optional<base::Secret> open_seal(const Seal& seal, const base::Secret& password, std::string_view purpose);

}  // namespace crypto::openssl
