#include "pki/crypto/openssl/certificate.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>

#include <string_view>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/public_key.h"

namespace crypto::openssl {

namespace {

constexpr std::string_view kP256 = "prime256v1";

std::string subject_of(X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) < 0) return {};
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::optional<base::Bytes> public_key_octets(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return std::nullopt;
  base::Bytes octets(der, der + size);
  OPENSSL_free(der);
  return octets;
}

// SubjectPublicKeyInfo of an EC key, in DER with its point uncompressed; empty when it cannot be made.
base::Bytes encoded_uncompressed(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const bool set = EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                                  OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) == 1;
  const int size = set ? i2d_PUBKEY(key, &der) : 0;
  if (size <= 0) return {};
  base::Bytes octets(der, der + size);
  OPENSSL_free(der);
  return octets;
}

BignumPtr rsa_number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &value) != 1) drain_errors();
  return BignumPtr(value);
}

// The first PEM block's label and content; nullopt when the file is no PEM.
struct Block {
  std::string label;
  base::Bytes content;
};
std::optional<Block> pem_block(base::ByteView file) {
  const BioPtr in(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
  char *label = nullptr, *header = nullptr;
  unsigned char* content = nullptr;
  long size = 0;
  if (!in || PEM_read_bio(in.get(), &label, &header, &content, &size) != 1) {
    drain_errors();
    return std::nullopt;
  }
  Block block{label, {content, content + size}};
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_free(content);
  return block;
}

}  // namespace

X509Ptr parse_certificate(base::ByteView der) {
  const unsigned char* at = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (certificate && at != der.data() + der.size()) certificate.reset();
  if (!certificate) drain_errors();
  return certificate;
}

bool is_ca_certificate(base::ByteView der) {
  const X509Ptr certificate = parse_certificate(der);
  return certificate && (X509_get_extension_flags(certificate.get()) & EXFLAG_CA) != 0;
}

std::optional<CarriedKey> read_public_key(base::ByteView file) {
  constexpr std::size_t kLargest = 64U << 10;
  if (file.empty() || file.size() > kLargest) return std::nullopt;
  base::Bytes der(file.begin(), file.end());
  if (auto block = pem_block(file)) {
    if (block->label != "CERTIFICATE" && block->label != "PUBLIC KEY") return std::nullopt;
    der = std::move(block->content);
  }
  if (const X509Ptr certificate = parse_certificate(der)) {
    auto key = public_key_octets(certificate.get());
    if (!key || !parse_public_key(*key)) return std::nullopt;
    return CarriedKey{std::move(*key), subject_of(certificate.get())};
  }
  if (!parse_public_key(der)) return std::nullopt;
  return CarriedKey{std::move(der), {}};
}

std::string named_curve(base::ByteView subject_public_key_info) {
  const PkeyPtr key = parse_public_key(subject_public_key_info);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_EC) return {};
  int is_explicit = 0;
  EVP_PKEY_get_int_param(key.get(), OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit);
  char name[80];
  std::size_t size = 0;
  const bool known = EVP_PKEY_get_group_name(key.get(), name, sizeof name, &size) == 1;
  const PkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
  const bool is_point = context && EVP_PKEY_public_check(context.get()) == 1;
  drain_errors();
  const bool sound =
      is_explicit == 0 && known && is_point && base::equal(encoded_uncompressed(key.get()), subject_public_key_info);
  return sound ? std::string(name, size) : std::string();
}

bool is_statement_key(base::ByteView subject_public_key_info) {
  return named_curve(subject_public_key_info) == kP256;
}

int rsa_bits(base::ByteView subject_public_key_info) {
  const PkeyPtr key = parse_public_key(subject_public_key_info);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return 0;
  const BignumPtr n = rsa_number(key.get(), OSSL_PKEY_PARAM_RSA_N), e = rsa_number(key.get(), OSSL_PKEY_PARAM_RSA_E);
  const bool usable = n && e && BN_is_odd(n.get()) == 1 && BN_is_odd(e.get()) == 1 && BN_is_one(e.get()) == 0;
  return usable ? BN_num_bits(n.get()) : 0;
}

std::optional<base::Bytes> certificate_der(base::ByteView file) {
  base::Bytes der(file.begin(), file.end());
  if (auto block = pem_block(file)) {
    if (block->label != "CERTIFICATE") return std::nullopt;
    der = std::move(block->content);
  }
  return parse_certificate(der) ? std::optional(std::move(der)) : std::nullopt;
}

std::string certificate_pem(base::ByteView der) {
  const X509Ptr certificate = parse_certificate(der);
  const BioPtr out(BIO_new(BIO_s_mem()));
  base::ensure(certificate && out && PEM_write_bio_X509(out.get(), certificate.get()) == 1,
               "a certificate can be written as PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace crypto::openssl
