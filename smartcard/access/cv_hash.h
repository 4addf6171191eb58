#pragma once
// The hash that a CV certificate's algorithm names, as OpenSSL computes it.

#include "pki/crypto/openssl/hash.h"
#include "pki/cvc/format/algorithm.h"

namespace chip_access {

inline crypto::openssl::Hash hash_of(cvc::format::Hash hash) {
  switch (hash) {
    case cvc::format::Hash::Sha1:
      return crypto::openssl::Hash::Sha1;
    case cvc::format::Hash::Sha224:
      return crypto::openssl::Hash::Sha224;
    case cvc::format::Hash::Sha384:
      return crypto::openssl::Hash::Sha384;
    case cvc::format::Hash::Sha512:
      return crypto::openssl::Hash::Sha512;
    case cvc::format::Hash::Sha256:
      break;
  }
  return crypto::openssl::Hash::Sha256;
}

}  // namespace chip_access
