#include "pki/base/net/tls_identity.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/net/tls_inside.h"

namespace net {

namespace {

namespace fs = std::filesystem;
using BioHandle = std::unique_ptr<BIO, TlsFree<BIO_free>>;
using SealedHandle = std::unique_ptr<X509_SIG, TlsFree<X509_SIG_free>>;
using PlainHandle = std::unique_ptr<PKCS8_PRIV_KEY_INFO, TlsFree<PKCS8_PRIV_KEY_INFO_free>>;

constexpr std::string_view kDoing = "reading the files of a TLS connection";
constexpr std::size_t kLargest = 1U << 20;
constexpr int kSequence = 0x30;  // how DER begins

[[noreturn]] void refuse(const fs::path& file, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}: {}", file.string(), seen));
}

bool looks_like_der(base::ByteView content) {
  return !content.empty() && content[0] == kSequence;
}

X509Handle certificate_in_der(base::ByteView der) {
  const unsigned char* at = der.data();
  X509Handle certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (at != der.data() + der.size()) return nullptr;
  return certificate;
}

std::vector<X509Handle> certificates_in(const fs::path& file) {
  const base::Bytes content = base::read_file(file, kDoing, kLargest);
  std::vector<X509Handle> found;
  if (looks_like_der(content)) {
    if (auto certificate = certificate_in_der(content)) found.push_back(std::move(certificate));
  } else {
    const BioHandle bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) found.emplace_back(next);
    // The end of the file is one reason to stop, and the only good one.
    const unsigned long why = ERR_peek_last_error();
    if (ERR_GET_LIB(why) != ERR_LIB_PEM || ERR_GET_REASON(why) != PEM_R_NO_START_LINE) found.clear();
  }
  ERR_clear_error();
  if (found.empty()) refuse(file, "holds no X.509 certificate, or a damaged one");
  return found;
}

// The encrypted form alone: a key that lies open in a file is not taken.
SealedHandle sealed_key_in(const fs::path& file) {
  const base::Bytes content = base::read_file(file, kDoing, kLargest);
  SealedHandle sealed;
  if (looks_like_der(content)) {
    const unsigned char* at = content.data();
    sealed.reset(d2i_X509_SIG(nullptr, &at, static_cast<long>(content.size())));
  } else {
    const BioHandle bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
    sealed.reset(PEM_read_bio_PKCS8(bio.get(), nullptr, nullptr, nullptr));
  }
  ERR_clear_error();
  if (!sealed) refuse(file, "is no encrypted PKCS#8 key; `cccd-pki tls issue` makes one");
  return sealed;
}

KeyHandle key_in(const fs::path& file, const base::Secret& password) {
  const SealedHandle sealed = sealed_key_in(file);
  const base::ByteView word = password.reveal();
  const PlainHandle plain(
      PKCS8_decrypt(sealed.get(), reinterpret_cast<const char*>(word.data()), static_cast<int>(word.size())));
  KeyHandle key(plain ? EVP_PKCS82PKEY(plain.get()) : nullptr);
  ERR_clear_error();
  if (!key) refuse(file, "cannot be opened: the password is another one, or the file is damaged");
  return key;
}

}  // namespace

std::string tls_errors() {
  std::string all;
  while (const unsigned long error = ERR_get_error()) {
    const char* const reason = ERR_reason_error_string(error);
    if (reason == nullptr) continue;
    if (!all.empty()) all += "; ";
    all += reason;
  }
  return all;
}

TlsIdentity TlsIdentity::from_files(const fs::path& certificate, const fs::path& key, const base::Secret& password) {
  auto inside = std::make_shared<Inside>();
  std::vector<X509Handle> chain = certificates_in(certificate);
  inside->own = std::move(chain.front());
  chain.erase(chain.begin());
  inside->between = std::move(chain);
  inside->key = key_in(key, password);
  if (X509_check_private_key(inside->own.get(), inside->key.get()) != 1) {
    ERR_clear_error();
    refuse(key, fmt::format("is not the key of the certificate in {}", certificate.string()));
  }
  return TlsIdentity(std::move(inside));
}

TlsAuthorities TlsAuthorities::from_file(const fs::path& file) {
  auto inside = std::make_shared<Inside>();
  inside->certificates = certificates_in(file);
  inside->store.reset(X509_STORE_new());
  base::ensure(inside->store != nullptr, "OpenSSL gives a certificate store");
  for (const auto& certificate : inside->certificates) {
    if (X509_check_ca(certificate.get()) == 0) refuse(file, "holds a certificate that is no authority's");
    base::ensure(X509_STORE_add_cert(inside->store.get(), certificate.get()) == 1, "a store takes a certificate");
  }
  return TlsAuthorities(std::move(inside));
}

}  // namespace net
