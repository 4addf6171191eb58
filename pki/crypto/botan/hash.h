#pragma once
// Hashes by Botan, for what is issued; what is inspected is hashed by OpenSSL (pki/crypto/openssl/hash.h).

#include "pki/base/core/bytes.h"

namespace crypto::botan {

base::Bytes sha1(base::ByteView data);  // key identifiers only (RFC 5280 §4.2.1.2)
base::Bytes sha256(base::ByteView data);
base::Bytes sha384(base::ByteView data);
base::Bytes sha512(base::ByteView data);

}  // namespace crypto::botan
