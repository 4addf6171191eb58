#pragma once
// SubjectPublicKeyInfo as 9303-12 §4.1.6 looks at it: which algorithm, and for EC keys how the domain parameters stand.

#include <optional>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"

namespace x509::format {

struct PublicKeyInfo {
  asn1::Oid algorithm;
  base::Bytes key;                       // the BIT STRING's octets: what a key identifier is the hash of
  std::optional<asn1::Oid> named_curve;  // EC only
  bool explicit_parameters = false;      // EC only: ECParameters are written out
  bool cofactor = false;                 // and hold the cofactor
  base::Bytes base_point;                // as it stands in ECParameters
};

PublicKeyInfo parse_public_key_info(base::ByteView spki);  // throws asn1::Malformed

// ECDSA-Sig-Value (RFC 3279 §2.2.3) of r ‖ s.
base::Bytes ecdsa_signature(base::ByteView r_s);
// The way back: r ‖ s, each `order_size` octets; nullopt when it is none.
std::optional<base::Bytes> plain_signature(base::ByteView ecdsa_sig_value, std::size_t order_size);

}  // namespace x509::format
