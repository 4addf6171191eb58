#pragma once
// The public key inside a file that somebody was given: a certificate or a bare public key, DER or PEM. Nothing is
// judged here beyond that it can be read; who is believed is decided by whoever enters it into a trust directory.

#include <optional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

// DER; null on anything else (left-over octets too).
X509Ptr parse_certificate(base::ByteView der);

// Whether it can be read and basicConstraints says cA.
bool is_ca_certificate(base::ByteView der);

struct CarriedKey {
  base::Bytes public_key;  // SubjectPublicKeyInfo, DER, as it stood
  std::string subject;     // RFC 2253 form of the certificate's subject; empty for a bare key
};

// nullopt: neither an X.509 certificate nor a SubjectPublicKeyInfo, or octets are left over.
std::optional<CarriedKey> read_public_key(base::ByteView file);

// Whether this is an EC key on P-256 with a named curve: the one kind that signs statements (ES256). Only in DER with
// its point uncompressed (RFC 5480 §2.2), so that one key has one encoding and one id.
bool is_statement_key(base::ByteView subject_public_key_info);

// The modulus's length of an RSA key; 0 for any other key, for none, and for one that no chip can prove anything with
// (an even modulus, an exponent that is 1 or even: its signatures could be made by anybody or verified by nobody).
int rsa_bits(base::ByteView subject_public_key_info);

// The name that OpenSSL has for the curve ("brainpoolP256r1") of a sound EC key: a named curve, a point of it that is
// not the infinite one, in DER with the point uncompressed, so that one key has one encoding. "" for anything else.
std::string named_curve(base::ByteView subject_public_key_info);

// A certificate file, DER or PEM, as DER; nullopt when it is none.
std::optional<base::Bytes> certificate_der(base::ByteView file);

// The same the other way: a certificate in DER as PEM. The octets have to be a certificate.
std::string certificate_pem(base::ByteView der);

}  // namespace crypto::openssl
