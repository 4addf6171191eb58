#pragma once
// Certificate requests (RFC 2986) by OpenSSL.

#include "pki/base/core/bytes.h"

namespace crypto::openssl {

// Whether it is a certificate request, DER, that the key inside has signed: who asks holds that key. Never throws.
bool is_signed_request(base::ByteView der);

}  // namespace crypto::openssl
