#pragma once
// AES keys in a token, for deriving keys (CMAC) and for carrying other keys (wrapping).

#include <memory>
#include <string>

#include "pki/base/core/secret.h"
#include "pki/keystore/mac_key.h"
#include "pki/keystore/pkcs11_key.h"

namespace keystore {

// Brings an AES key in, sensitive, never extractable, for CMAC alone: what it is good for is deriving keys. Token and
// program agree on its check value before it stays: Error{TreatAsAttack} when not. Refuses to overwrite.
void receive_token_secret(const std::string& address, const base::Secret& aes_key, const base::Secret& pin);

// The same for a key under which keys of Leaving::WrappedOnly leave one token and come into another. officer_pin: of
// the token's security officer, who alone can mark a key as trusted; nothing unwrapped under it can be read or leave
// again.
void receive_wrapping_key(const std::string& address, const base::Secret& aes_key, const base::Secret& officer_pin);

// Made in the token: sensitive, for CMAC alone. octets: 16, 24 or 32.
void generate_token_secret(const std::string& address, std::size_t octets, const base::Secret& pin, Leaving leaving);

// Error{FixConfiguration} when no AES key of this label stands there.
std::unique_ptr<MacKey> open_token_secret(const std::string& address, const base::Secret& pin);

}  // namespace keystore
