#pragma once
// Keys in a token, through PKCS #11 (OASIS, 2.40). Opened and made by their address: signing_key.h.

#include <memory>
#include <string>
#include <vector>

#include "pki/keystore/signing_key.h"

namespace keystore {

std::unique_ptr<SigningKey> open_token_key(const std::string& address, const base::Secret& pin);
// Made in the token: sensitive, never extractable, for signing alone.
std::unique_ptr<SigningKey> generate_token_key(const std::string& address, KeyKind kind, const base::Secret& pin);

struct TokenKeyInfo {
  std::string label;
  std::string kind;          // kind_name; "secret" for a symmetric one; "of another kind" for what is not used here
  base::Bytes id;            // CKA_ID: SHA-1 of the public key, as the certificate's SubjectKeyIdentifier
  bool extractable = false;  // could ever leave the token: CKA_EXTRACTABLE, or not CKA_NEVER_EXTRACTABLE
  bool local = false;        // made in the token
};
// The private and the secret keys of the token that the address names.
std::vector<TokenKeyInfo> list_token_keys(const std::string& address, const base::Secret& pin);

// Brings an AES key in, sensitive, never extractable, for CMAC alone: what it is good for is deriving keys. Token and
// program agree on its check value before it stays: Error{TreatAsAttack} when not. Refuses to overwrite.
void receive_token_secret(const std::string& address, const base::Secret& aes_key, const base::Secret& pin);

// Destroys the pair, or the secret key. Error{FixConfiguration} when there is none.
void destroy_token_key(const std::string& address, const base::Secret& pin);

}  // namespace keystore
