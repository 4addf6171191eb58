#include "pki/crypto/openssl/hash.h"

#include <array>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

namespace {

// EVP_sha256() and its like are looked up in the provider at every use, which costs a short message more than its hash
// does; what is fetched stays. Never freed: the library's own exit may come before ours.
const EVP_MD* evp(Hash hash) {
  static const std::array<const EVP_MD*, 5> fetched = [] {
    std::array<const EVP_MD*, 5> all{};
    constexpr std::array<const char*, 5> kNames{"SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512"};
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i] = EVP_MD_fetch(nullptr, kNames[i], nullptr);
      base::ensure(all[i] != nullptr, "OpenSSL has the SHA family");
    }
    return all;
  }();
  return fetched.at(static_cast<std::size_t>(hash));
}

}  // namespace

std::string drain_errors() {
  std::string out;
  char text[256];
  while (const unsigned long code = ERR_get_error()) {
    ERR_error_string_n(code, text, sizeof text);
    if (!out.empty()) out += "; ";
    out += text;
  }
  return out;
}

std::size_t hash_size(Hash hash) {
  return static_cast<std::size_t>(EVP_MD_get_size(evp(hash)));
}

std::optional<Hash> hash_of(const asn1::Oid& oid) {
  if (oid == asn1::oid::kSha1) return Hash::Sha1;
  if (oid == asn1::oid::kSha224) return Hash::Sha224;
  if (oid == asn1::oid::kSha256) return Hash::Sha256;
  if (oid == asn1::oid::kSha384) return Hash::Sha384;
  if (oid == asn1::oid::kSha512) return Hash::Sha512;
  return std::nullopt;
}

base::Bytes digest(Hash hash, base::ByteView data) {
  base::Bytes out(hash_size(hash));
  unsigned size = 0;
  base::ensure(EVP_Digest(data.data(), data.size(), out.data(), &size, evp(hash), nullptr) == 1 && size == out.size(),
               "OpenSSL has the SHA family");
  return out;
}

base::Bytes sha256(std::istream& data) {
  constexpr std::size_t kPiece = 1U << 16;
  const MdCtxPtr context(EVP_MD_CTX_new());
  bool good = context && EVP_DigestInit_ex(context.get(), evp(Hash::Sha256), nullptr) == 1;
  std::vector<char> piece(kPiece);
  while (good && data) {
    data.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    good = EVP_DigestUpdate(context.get(), piece.data(), static_cast<std::size_t>(data.gcount())) == 1;
  }
  if (data.bad()) throw base::Error(base::Fault::AskOperator, "hashing a file", "it cannot be read to its end");
  base::Bytes out(hash_size(Hash::Sha256));
  unsigned size = 0;
  base::ensure(good && EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size(),
               "OpenSSL has the SHA family");
  return out;
}

}  // namespace crypto::openssl
