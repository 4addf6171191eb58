#include "pki/cvc/judge/signature.h"

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/crypto/openssl/public_key.h"

namespace cvc::judge {

crypto::openssl::Hash hash_of(format::Hash hash) {
  switch (hash) {
    case format::Hash::Sha1:
      return crypto::openssl::Hash::Sha1;
    case format::Hash::Sha224:
      return crypto::openssl::Hash::Sha224;
    case format::Hash::Sha256:
      return crypto::openssl::Hash::Sha256;
    case format::Hash::Sha384:
      return crypto::openssl::Hash::Sha384;
    case format::Hash::Sha512:
      return crypto::openssl::Hash::Sha512;
  }
  return crypto::openssl::Hash::Sha512;
}

namespace {

using crypto::openssl::PkeyPtr;

const EVP_MD* digest_of(format::Hash hash) {
  switch (hash) {
    case format::Hash::Sha1:
      return EVP_sha1();
    case format::Hash::Sha224:
      return EVP_sha224();
    case format::Hash::Sha256:
      return EVP_sha256();
    case format::Hash::Sha384:
      return EVP_sha384();
    case format::Hash::Sha512:
      return EVP_sha512();
  }
  return nullptr;
}

PkeyPtr load(const format::PublicKey& key) {
  if (!key.has_parameters()) return nullptr;
  try {
    PkeyPtr loaded = crypto::openssl::parse_public_key(format::to_public_key_info(key));
    if (!loaded || !crypto::openssl::has_standard_parameters(loaded.get())) return nullptr;
    return loaded;
  } catch (const asn1::Malformed&) {  // a coefficient longer than the field
    return nullptr;
  }
}

bool verify_rsa(EVP_PKEY* key, const format::Algorithm& algorithm, base::ByteView digest, base::ByteView signature) {
  const crypto::openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  const bool pss = algorithm.scheme == format::Scheme::RsaPss;
  const EVP_MD* const md = digest_of(algorithm.hash);
  bool ready = context && EVP_PKEY_verify_init(context.get()) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(context.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1;
  if (ready && pss) {
    ready = EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const bool good =
      ready && EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  if (!good) crypto::openssl::drain_errors();
  return good;
}

}  // namespace

struct VerifyingKey::State {
  const format::Algorithm* algorithm = nullptr;
  PkeyPtr key;
};

VerifyingKey::VerifyingKey(const format::PublicKey& key) : state_(std::make_unique<State>()) {
  state_->algorithm = format::algorithm_of(key.algorithm);
  if (state_->algorithm == nullptr) return;
  const bool ec = state_->algorithm->scheme == format::Scheme::Ecdsa;
  if (ec != key.is_rsa()) state_->key = load(key);
}

VerifyingKey::VerifyingKey(VerifyingKey&&) noexcept = default;
VerifyingKey::~VerifyingKey() = default;

bool VerifyingKey::usable() const {
  return state_->key != nullptr;
}

bool VerifyingKey::verifies(base::ByteView message, base::ByteView signature) const {
  if (!usable()) return false;
  const base::Bytes digest = crypto::openssl::digest(hash_of(state_->algorithm->hash), message);
  if (state_->algorithm->scheme != format::Scheme::Ecdsa) {
    return verify_rsa(state_->key.get(), *state_->algorithm, digest, signature);
  }
  return crypto::openssl::verify_ecdsa_plain(state_->key.get(), digest, signature);
}

}  // namespace cvc::judge
