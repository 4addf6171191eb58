#pragma once
// Keys in a token, through PKCS #11 (OASIS, 2.40). Opened and made by their address: signing_key.h.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/keystore/signing_key.h"
#include "pki/keystore/use_limit.h"

namespace keystore {

// Every call here: Error{AskOperator} that names the token when it does not answer in time (time_limit.h). A key that
// was being made may stand in the token all the same; listing its keys tells.

// What may happen to a key once it is in the token. WrappedOnly: never in the clear, and wrapped under a key alone that
// the token's security officer made and marked as trusted (docs/decisions/backup-of-token-keys.md).
enum class Leaving { Never, WrappedOnly };

std::unique_ptr<SigningKey> open_token_key(const std::string& address, const base::Secret& pin);
// Made in the token: sensitive, for signing alone. An address with x-backup=wrapped is Leaving::WrappedOnly by itself,
// so that a ceremony's plan says so, and its minutes.
std::unique_ptr<SigningKey> generate_token_key(const std::string& address, KeyKind kind, const base::Secret& pin,
                                               Leaving leaving = Leaving::Never);

struct TokenKeyInfo {
  std::string label;
  std::string kind;  // kind_name or aes_kind; "wrapping" for one that carries others, "secret" for another symmetric
                     // one; "of another kind" for what is not used here
  base::Bytes id;    // CKA_ID: SHA-1 of the public key, as the certificate's SubjectKeyIdentifier
  bool extractable = false;   // could ever leave the token: CKA_EXTRACTABLE, or not CKA_NEVER_EXTRACTABLE
  bool wrapped_only = false;  // it can, as Leaving::WrappedOnly has it and in no other way; then not extractable
  bool local = false;         // made in the token
  std::optional<UseLimit> uses = {};
};
// The private and the secret keys of the token that the address names.
std::vector<TokenKeyInfo> list_token_keys(const std::string& address, const base::Secret& pin);

// Destroys the pair, or the secret key. Error{FixConfiguration} when there is none.
void destroy_token_key(const std::string& address, const base::Secret& pin);

}  // namespace keystore
