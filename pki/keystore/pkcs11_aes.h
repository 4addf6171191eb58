#pragma once
// What a token says of a symmetric key in it.

#include <optional>

#include "pki/pkcs11/token.h"

namespace keystore {

// 16, 24 or 32: by CKA_VALUE_LEN, or where a token has none for a key that came in wrapped (SoftHSM2), by the CKA_ID
// that restore_token_key gave it: aes_kind. nullopt: it is no AES key, or nothing says how long.
std::optional<std::size_t> aes_octets_in_token(const pkcs11::Functions& functions, pkcs11::Session session,
                                               CK_OBJECT_HANDLE object);

}  // namespace keystore
