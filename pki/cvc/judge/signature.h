#pragma once
// Signatures by keys of CV certificates, judged by OpenSSL.

#include <memory>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/public_key.h"
#include "pki/cvc/format/request.h"

namespace cvc::judge {

// The hash that a CV certificate's algorithm names, as OpenSSL computes it.
crypto::openssl::Hash hash_of(format::Hash hash);

// A whole public key, ready to verify with. Loaded once; from several threads.
class VerifyingKey {
 public:
  // key: with its domain parameters, own or inherited. An EC key is usable only on a standardized curve (named by its
  // values) and with a point on it.
  explicit VerifyingKey(const format::PublicKey& key);
  VerifyingKey(VerifyingKey&&) noexcept;
  ~VerifyingKey();
  bool usable() const;
  // Hash and scheme by the key's own algorithm. ECDSA: r ‖ s of the field's length each. Never throws on foreign input.
  bool verifies(base::ByteView message, base::ByteView signature) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace cvc::judge
