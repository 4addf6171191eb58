#pragma once
// Card-verifiable certificates (9303-12 §7.2, TR-03110-3 C.1): read strictly, written back to the same octets. Nothing
// is judged here.

#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/cvc/format/chat.h"
#include "pki/cvc/format/public_key.h"

namespace cvc::format {

struct Extension {
  asn1::Oid type;
  base::Bytes data;  // what stands behind the identifier, encoded
  bool operator==(const Extension&) const = default;
};

struct Body {
  std::string authority;  // CAR: the issuer's holder reference
  PublicKey key;
  std::string holder;  // CHR
  Chat chat;
  base::Date effective, expiration;  // the day it was made, the last day on which it is valid
  std::vector<Extension> extensions;
  bool operator==(const Body&) const = default;
};

struct Certificate {
  Body body;
  base::Bytes signed_part;  // 7F4E with tag and length
  base::Bytes signature;    // ECDSA: r ‖ s
  base::Bytes whole;        // 7F21
  bool self_signed() const { return body.authority == body.holder; }
};

base::Bytes encode(const Body& body);  // 7F4E with tag and length
// The certificate, 7F21.
base::Bytes assemble(base::ByteView body, base::ByteView signature);
// One certificate and nothing behind it; what is read is written back to the same octets. Throws asn1::Malformed.
Certificate parse_certificate(base::ByteView file);

}  // namespace cvc::format
