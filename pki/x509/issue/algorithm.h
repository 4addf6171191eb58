#pragma once
// Which signature a key makes (9303-12 §4.1.6): ECDSA with the hash as long as the curve's field, at most SHA-512, and
// RSASSA-PSS with SHA-256, MGF1 of the same and a salt as long as the hash (RFC 4055).

#include "pki/base/core/bytes.h"

namespace x509::issue {

enum class Hash { Sha256, Sha384, Sha512 };

struct SignatureAlgorithm {
  base::Bytes identifier;  // AlgorithmIdentifier, DER
  Hash hash = Hash::Sha512;
  bool ecdsa = true;  // else RSASSA-PSS
};

// By the signing key's SubjectPublicKeyInfo. Throws asn1::Malformed for what is neither an EC nor an RSA key.
SignatureAlgorithm signature_algorithm_of(base::ByteView public_key_info);

base::Bytes digest_of(base::ByteView tbs, Hash hash);  // by Botan, for signing

// How a signature stands in a certificate: ECDSA-Sig-Value of r ‖ s; RSA as it is.
base::Bytes signature_value(const SignatureAlgorithm& algorithm, base::ByteView signature);

}  // namespace x509::issue
