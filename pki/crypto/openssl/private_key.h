#pragma once
// Private keys that OpenSSL alone uses: an inspection system's, which signs a chip's challenge (ICAO Doc 9303-11 §7.1)
// in a program that holds nothing else. What is issued is not signed here.

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/hash.h"

namespace crypto::openssl {

// An encrypted PKCS#8 key (EncryptedPrivateKeyInfo, RFC 5958 §3), PEM or DER and nothing behind it, as keystore writes
// it. The two ways to fail have different remedies.
struct OpenedKey {
  bool is_encrypted_key = false;  // false: not of this form at all, a key that is not encrypted among them
  PkeyPtr key;                    // null: the password is wrong, or what it opens is no key
};
OpenedKey open_private_key(base::ByteView file, const base::Secret& password);

// EC: the public point, 04 ‖ x ‖ y. RSA: the modulus, without leading zeros. Empty for any other key.
base::Bytes public_value(EVP_PKEY* key);

// Over a digest that is there. ECDSA: r ‖ s, each as long as the order. RSA: PKCS#1 v1.5, or PSS with MGF1 over the
// same hash and a salt as long as the digest (RFC 8017 §8). Throws Error{AskOperator} when OpenSSL does not sign.
base::Bytes sign_ecdsa_plain(EVP_PKEY* key, base::ByteView digest);
enum class RsaPadding { Pkcs1, Pss };
base::Bytes sign_rsa(EVP_PKEY* key, base::ByteView digest, Hash hash, RsaPadding padding);

}  // namespace crypto::openssl
