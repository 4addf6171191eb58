#include "pki/crypto/openssl/private_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "pki/base/core/error.h"

namespace crypto::openssl {

namespace {

using EcdsaPtr = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;
using KeyInfoPtr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, FreeWith<PKCS8_PRIV_KEY_INFO_free>>;
using SealedPtr = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;  // EncryptedPrivateKeyInfo

// For PEM's own encryption, which is not read: without it OpenSSL asks at the terminal.
int ask_nobody(char* /*to*/, int /*size*/, int /*writing*/, void* /*ours*/) {
  return -1;
}

SealedPtr parse_sealed(base::ByteView file) {
  const unsigned char* at = file.data();
  SealedPtr sealed(d2i_X509_SIG(nullptr, &at, static_cast<long>(file.size())));
  if (sealed && at != file.data() + file.size()) sealed.reset();
  if (!sealed) {
    const BioPtr source(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
    if (source) sealed.reset(PEM_read_bio_PKCS8(source.get(), nullptr, ask_nobody, nullptr));
  }
  return sealed;
}

[[noreturn]] void not_signed() {
  throw base::Error(base::Fault::AskOperator, "signing with a key file",
                    "OpenSSL does not sign with it: " + drain_errors());
}

base::Bytes raw_signature(EVP_PKEY_CTX* context, base::ByteView digest) {
  std::size_t size = 0;
  if (EVP_PKEY_sign(context, nullptr, &size, digest.data(), digest.size()) != 1) not_signed();
  base::Bytes signature(size);
  if (EVP_PKEY_sign(context, signature.data(), &size, digest.data(), digest.size()) != 1) not_signed();
  signature.resize(size);
  return signature;
}

const EVP_MD* digest_of(Hash hash) {
  switch (hash) {
    case Hash::Sha1:
      return EVP_sha1();
    case Hash::Sha224:
      return EVP_sha224();
    case Hash::Sha256:
      return EVP_sha256();
    case Hash::Sha384:
      return EVP_sha384();
    case Hash::Sha512:
      return EVP_sha512();
  }
  return nullptr;
}

base::Bytes modulus_of(EVP_PKEY* key) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &number) != 1) return {};
  const BignumPtr modulus(number);
  base::Bytes out(static_cast<std::size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

// By its coordinates: what OpenSSL would encode may be a compressed point.
base::Bytes point_of(EVP_PKEY* key) {
  BIGNUM *x = nullptr, *y = nullptr;
  const bool good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1;
  const BignumPtr own_x(x), own_y(y);
  BIGNUM* field = nullptr;
  if (!good || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_P, &field) != 1) return {};
  const BignumPtr own_field(field);
  const int width = BN_num_bytes(field);
  base::Bytes point(1 + 2 * static_cast<std::size_t>(width));
  point[0] = 0x04;
  if (BN_bn2binpad(x, point.data() + 1, width) != width) return {};
  if (BN_bn2binpad(y, point.data() + 1 + width, width) != width) return {};
  return point;
}

}  // namespace

OpenedKey open_private_key(base::ByteView file, const base::Secret& password) {
  OpenedKey out;
  if (const SealedPtr sealed = parse_sealed(file)) {
    out.is_encrypted_key = true;
    const base::ByteView text = password.reveal();
    const KeyInfoPtr info(
        PKCS8_decrypt(sealed.get(), reinterpret_cast<const char*>(text.data()), static_cast<int>(text.size())));
    if (info) out.key.reset(EVP_PKCS82PKEY(info.get()));
  }
  drain_errors();
  return out;
}

base::Bytes public_value(EVP_PKEY* key) {
  const int kind = EVP_PKEY_get_base_id(key);
  base::Bytes value = kind == EVP_PKEY_EC ? point_of(key) : kind == EVP_PKEY_RSA ? modulus_of(key) : base::Bytes{};
  if (value.empty()) drain_errors();
  return value;
}

base::Bytes sign_ecdsa_plain(EVP_PKEY* key, base::ByteView digest) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  if (!context || EVP_PKEY_sign_init(context.get()) != 1) not_signed();
  const base::Bytes der = raw_signature(context.get(), digest);
  const unsigned char* at = der.data();
  const EcdsaPtr pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!pair) not_signed();
  const int width = (EVP_PKEY_get_bits(key) + 7) / 8;
  base::Bytes out(2 * static_cast<std::size_t>(width));
  if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out.data(), width) != width) not_signed();
  if (BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out.data() + width, width) != width) not_signed();
  return out;
}

base::Bytes sign_rsa(EVP_PKEY* key, base::ByteView digest, Hash hash, RsaPadding padding) {
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(key, nullptr));
  const EVP_MD* const md = digest_of(hash);
  const bool pss = padding == RsaPadding::Pss;
  bool ready = context && EVP_PKEY_sign_init(context.get()) == 1 &&
               EVP_PKEY_CTX_set_rsa_padding(context.get(), pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(context.get(), md) == 1;
  if (ready && pss) {
    ready = EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), md) == 1 &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  if (!ready) not_signed();
  return raw_signature(context.get(), digest);
}

}  // namespace crypto::openssl
