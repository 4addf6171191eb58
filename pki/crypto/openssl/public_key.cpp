#include "pki/crypto/openssl/public_key.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "pki/asn1/tlv.h"

namespace crypto::openssl {

PkeyPtr parse_public_key(base::ByteView spki) {
  const unsigned char* at = spki.data();
  PkeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (key && at != spki.data() + spki.size()) key.reset();
  if (!key) drain_errors();
  return key;
}

bool has_standard_parameters(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return true;
  char name[80];
  std::size_t size = 0;
  const bool known = EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1;
  if (!known) drain_errors();
  return known;
}

bool verify_ecdsa_plain(EVP_PKEY* key, base::ByteView digest, base::ByteView r_s) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || r_s.empty() || r_s.size() % 2 != 0) return false;
  const std::size_t expected = (static_cast<std::size_t>(EVP_PKEY_get_bits(key)) + 7) / 8;
  if (r_s.size() != expected * 2) return false;
  asn1::TlvWriter pair;
  pair.unsigned_integer(r_s.first(expected)).unsigned_integer(r_s.subspan(expected));
  const base::Bytes der = asn1::TlvWriter{}.sequence(pair).take();
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  const bool good = context && EVP_PKEY_verify_init(context.get()) == 1 &&
                    EVP_PKEY_verify(context.get(), der.data(), der.size(), digest.data(), digest.size()) == 1;
  if (!good) drain_errors();
  return good;
}

bool verify_rsa_pss(EVP_PKEY* key, base::ByteView digest, base::ByteView signature) {
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) return false;
  const EVP_MD* const hash = digest.size() == 32   ? EVP_sha256()
                             : digest.size() == 48 ? EVP_sha384()
                             : digest.size() == 64 ? EVP_sha512()
                                                   : nullptr;
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  const bool good =
      hash != nullptr && context && EVP_PKEY_verify_init(context.get()) == 1 &&
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
      EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1 &&
      EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash) == 1 &&
      EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1 &&
      EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  if (!good) drain_errors();
  return good;
}

}  // namespace crypto::openssl
