#pragma once
// Public keys and their signatures, judged by OpenSSL.

#include <string>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

// SubjectPublicKeyInfo, DER; null on anything else (left-over octets too).
PkeyPtr parse_public_key(base::ByteView spki);

// Whether an EC key's parameters are a standardized curve, named or explicit. Explicit values of an odd curve or
// generator have no group name in OpenSSL, and are refused here. RSA keys: true.
bool has_standard_parameters(EVP_PKEY* key);

// ECDSA over a digest: r ‖ s of equal length, as JWS and chips write it. False for any mismatch, never throws.
bool verify_ecdsa_plain(EVP_PKEY* key, base::ByteView digest, base::ByteView r_s);

// RSASSA-PSS over a digest (SHA-256, -384 or -512 by its length), MGF1 with the same hash, a salt as long as the digest
// (RFC 8017 §8.1.2). False for any mismatch and any other key, never throws.
bool verify_rsa_pss(EVP_PKEY* key, base::ByteView digest, base::ByteView signature);

}  // namespace crypto::openssl
