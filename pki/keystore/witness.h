#pragma once
// The other library's look at every signature before it leaves (docs/architecture.md: two libraries are two witnesses).

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace keystore {

class Witness {
 public:
  explicit Witness(base::ByteView public_key_info);  // SubjectPublicKeyInfo, DER
  // ECDSA as r ‖ s, or RSASSA-PSS with the digest's hash and a salt of its length. From any thread.
  bool confirms(base::ByteView digest, base::ByteView signature) const;

 private:
  crypto::openssl::PkeyPtr key_;
};

}  // namespace keystore
