#pragma once
// The public key of a CV certificate or request (7F49; 9303-12 §7.2.2.3, TR-03110-3 D.3).

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"

namespace cvc::format {

// Numbers are unsigned, big-endian, without leading zeros; points are 04 ‖ x ‖ y. What is not there is empty.
struct PublicKey {
  asn1::Oid algorithm;
  // EC (81-87): p, a, b, generator and order are there together or not at all; the cofactor may be missing.
  base::Bytes p, a, b, generator, order, point, cofactor;
  // RSA (81, 82)
  base::Bytes modulus, exponent;

  bool is_rsa() const { return !modulus.empty(); }
  bool has_parameters() const { return is_rsa() || !p.empty(); }
  bool operator==(const PublicKey&) const = default;
};

// The content of 7F49. Throws asn1::Malformed, also for an algorithm outside algorithm.h.
PublicKey parse_public_key(base::ByteView content);
base::Bytes encode(const PublicKey& key);  // the whole 7F49

// The same key with another's domain parameters; an RSA key has its own.
PublicKey with_parameters(const PublicKey& key, const PublicKey& parameters);
PublicKey without_parameters(const PublicKey& key);
bool same_parameters(const PublicKey& a, const PublicKey& b);

// From and to a SubjectPublicKeyInfo (DER), EC with explicit parameters (RFC 3279 §2.3.5) or RSA.
// from: throws asn1::Malformed for any other. to: the key must have parameters.
PublicKey from_public_key_info(base::ByteView spki, const asn1::Oid& algorithm);
base::Bytes to_public_key_info(const PublicKey& key);

}  // namespace cvc::format
