#pragma once
// The public key of EF.DG15 as active authentication uses it, and the judgement of a signature under it.

#include <optional>
#include <string>
#include <variant>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"

namespace chip_access {

// RSA with ISO/IEC 9796-2 scheme 1, or ECDSA with r ‖ s (9303-11 §6.1.2).
class ChipKey {
 public:
  // The key, or one sentence why it cannot be used. Refused: what is not a SubjectPublicKeyInfo inside 6F; a modulus
  // that is even, below 1024 or above 4096 bits or not whole octets; an exponent that is even, 1, or over 64 bits; EC
  // parameters that are no standardized curve; other algorithms. Nothing costly is computed before these checks.
  // algorithm: of the ActiveAuthenticationInfo in EF.DG14 (§9.2.4); refused for an EC key: what is not ecdsa-plain with
  // SHA-2.
  static std::variant<ChipKey, std::string> parse(base::ByteView dg15,
                                                  const std::optional<asn1::Oid>& algorithm = std::nullopt);

  std::size_t signature_size() const;
  // Empty when the signature answers the challenge, else one sentence why not. Never throws for what a chip sent.
  std::string judge(base::ByteView challenge, base::ByteView signature) const;

 private:
  ChipKey(crypto::openssl::PkeyPtr key, std::optional<crypto::openssl::Hash> hash)
      : key_(std::move(key)), hash_(hash) {}
  std::string judge_rsa(base::ByteView challenge, base::ByteView signature) const;
  std::string judge_ecdsa(base::ByteView challenge, base::ByteView signature) const;
  base::Bytes recover(base::ByteView signature) const;  // the message representative; empty when it is none
  crypto::openssl::PkeyPtr key_;
  std::optional<crypto::openssl::Hash> hash_;  // of ECDSA; nullopt: the document does not say
};

}  // namespace chip_access
