#pragma once
// A public key as a token shows it, and as certificates carry it. For this room alone.

#include "pki/keystore/signing_key.h"
#include "pki/pkcs11/key_pair.h"

namespace keystore {

struct TokenPublicKey {
  KeyKind kind = KeyKind::P256;
  base::Bytes named, explicit_parameters;  // SubjectPublicKeyInfo, DER
  base::Bytes identifier;                  // SHA-1 of the BIT STRING (RFC 5280 §4.2.1.2 (1))
};

// nullopt when it is of a kind that is not used here, or no key at all.
std::optional<TokenPublicKey> known_key(const pkcs11::PublicValues& shown);
// The same of an object. Throws what reading attributes throws.
std::optional<TokenPublicKey> read_public_key(const pkcs11::Functions& functions, pkcs11::Session session,
                                              CK_OBJECT_HANDLE object);

// Puts a public key (SubjectPublicKeyInfo, DER, named curve) into the token. id: its identifier as above.
// Error{FixConfiguration} when it is of a kind that is not used here.
CK_OBJECT_HANDLE create_public_key(const pkcs11::Functions& functions, pkcs11::Session session,
                                   const std::string& label, base::ByteView public_key_info, base::Bytes& id);

base::Bytes curve_parameters(Curve curve);  // CKA_EC_PARAMS: the named curve's OID, DER

}  // namespace keystore
