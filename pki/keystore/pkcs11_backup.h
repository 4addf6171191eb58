#pragma once
// A key's way from one token into another: wrapped in the first, unwrapped in the second, under a key that both
// received in components (receive_wrapping_key). Only keys of Leaving::WrappedOnly go it (docs/formats/key-backup.md).

#include <optional>
#include <string>

#include "pki/keystore/pkcs11_key.h"

namespace keystore {

// What leaves a token. Nothing of it is secret to somebody without the wrapping key.
struct WrappedKey {
  std::string label, wrapping_key;  // labels
  std::string kind;                 // kind_name, or "AES"
  base::Bytes public_key;           // SubjectPublicKeyInfo, DER, named curve; empty for AES
  base::Bytes check_value;  // AES: the leftmost 5 octets of CMAC over a block of zeros (ANSI X9.24-1); else empty
  base::Bytes wrapped;      // AES key wrap with padding (RFC 5649): PKCS#8, or the AES key itself
  std::optional<UseLimit> uses = {};
};

// Error{FixConfiguration} when the key may not leave, or there is no such key of either name.
WrappedKey back_up_token_key(const std::string& address, const std::string& wrapping_key, const base::Secret& pin);

// Into the token of the address, under the same label: never extractable there, with the uses that it had when it left.
// What was restored is tried before it stays: it signs for the public key of the backup, or has its check value;
// Error{TreatAsAttack} when not. Refuses to overwrite.
void restore_token_key(const std::string& address, const WrappedKey& backup, const base::Secret& pin);

}  // namespace keystore
