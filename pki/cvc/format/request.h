#pragma once
// Certificate requests (9303-12 §8.1.1, TR-03110-3 C.2): a public key with its parameters under an inner signature of
// its own, and, for every certificate but the first, an outer signature by the key that is being succeeded.

#include <optional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/cvc/format/public_key.h"

namespace cvc::format {

struct OuterSignature {
  std::string authority;    // CAR: the holder reference of the certificate whose key signed
  base::Bytes signed_part;  // 7F21 ‖ 42
  base::Bytes signature;
};

struct Request {
  std::string authority;    // CAR, whom it asks; empty when it does not say
  PublicKey key;            // as it was asked for: with parameters, if the request keeps to the profile
  std::string holder;       // CHR, as the asker wants it
  base::Bytes signed_part;  // 7F4E with tag and length
  base::Bytes signature;    // inner
  base::Bytes inner;        // 7F21
  std::optional<OuterSignature> outer;
  base::Bytes whole;
};

base::Bytes encode_request_body(const std::string& authority, const PublicKey& key, const std::string& holder);
// 7F21 ‖ 42: what the outer signature is made over.
base::Bytes outer_signed_part(base::ByteView inner, const std::string& authority);
// 67.
base::Bytes assemble_request(base::ByteView outer_signed_part, base::ByteView outer_signature);
// 67 or 7F21 and nothing behind it. Throws asn1::Malformed.
Request parse_request(base::ByteView file);

}  // namespace cvc::format
