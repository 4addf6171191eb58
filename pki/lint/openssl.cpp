// What the rules ask OpenSSL: signatures and curves.

#include <openssl/rsa.h>

#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/lint/rules.h"

namespace lint {

using crypto::openssl::PkeyPtr;

namespace {

// The hash that a CMS signature is made over: named by the signature algorithm, else by the digest algorithm.
const EVP_MD* hash_of(const SignerView& signer) {
  const auto algorithm = algorithm_of(signer.signature_algorithm);
  if (!algorithm) return nullptr;
  if (*algorithm == oid::kRsaPss) {
    const Node* const parameters = signer.signature_algorithm->child(1);
    const Node* const hash = parameters == nullptr ? nullptr : parameters->find(0xA0);
    const auto id = hash == nullptr ? std::optional(asn1::oid::kSha1) : algorithm_of(hash->child(0));
    return id ? EVP_get_digestbynid(OBJ_txt2nid(id->dotted().c_str())) : nullptr;
  }
  int hash = NID_undef;
  const int known = OBJ_find_sigid_algs(OBJ_txt2nid(algorithm->dotted().c_str()), &hash, nullptr);
  if (known == 1 && hash != NID_undef) return EVP_get_digestbynid(hash);
  const auto digest = algorithm_of(signer.digest_algorithm);
  return digest ? EVP_get_digestbynid(OBJ_txt2nid(digest->dotted().c_str())) : nullptr;
}

}  // namespace

bool signer_verifies(const SignerView& signer, base::ByteView message, base::ByteView key_info) {
  const PkeyPtr key = crypto::openssl::parse_public_key(key_info);
  const EVP_MD* const hash = hash_of(signer);
  if (!key || hash == nullptr || signer.signature == nullptr) return false;
  const crypto::openssl::MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* of_key = nullptr;  // owned by the context
  bool good = EVP_DigestVerifyInit(context.get(), &of_key, hash, nullptr, key.get()) == 1;
  if (good && algorithm_of(signer.signature_algorithm) == oid::kRsaPss) {
    good = EVP_PKEY_CTX_set_rsa_padding(of_key, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(of_key, RSA_PSS_SALTLEN_AUTO) == 1;
  }
  const base::Bytes signature = octets_of(*signer.signature);
  good =
      good && EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  ERR_clear_error();
  return good;
}

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
