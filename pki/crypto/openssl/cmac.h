#pragma once
// AES-CMAC (NIST SP 800-38B, RFC 4493).

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace crypto::openssl {

// key: 16 bytes (ensure). Answers the whole 16-byte MAC.
base::Secret cmac_aes128(const base::Secret& key, base::ByteView message);

}  // namespace crypto::openssl
