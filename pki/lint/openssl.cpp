// What the rules ask OpenSSL: signatures and curves.

#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/lint/rules.h"

namespace lint {

using crypto::openssl::PkeyPtr;

bool verifies(base::ByteView certificate, base::ByteView issuer_key_info) {
  const auto read = crypto::openssl::parse_certificate(certificate);
  const PkeyPtr key = crypto::openssl::parse_public_key(issuer_key_info);
  const bool good = read && key && X509_verify(read.get(), key.get()) == 1;
  ERR_clear_error();
  return good;
}

bool crl_verifies(base::ByteView crl, base::ByteView issuer_key_info) {
  using CrlPtr = std::unique_ptr<X509_CRL, crypto::openssl::FreeWith<X509_CRL_free>>;
  const std::uint8_t* at = crl.data();
  const CrlPtr read(d2i_X509_CRL(nullptr, &at, static_cast<long>(crl.size())));
  const PkeyPtr key = crypto::openssl::parse_public_key(issuer_key_info);
  const bool good = read && key && X509_CRL_verify(read.get(), key.get()) == 1;
  ERR_clear_error();
  return good;
}

bool on_known_curve(base::ByteView key_info) {
  const PkeyPtr key = crypto::openssl::parse_public_key(key_info);
  const bool known = key && crypto::openssl::has_standard_parameters(key.get());
  ERR_clear_error();
  return known;
}

}  // namespace lint
