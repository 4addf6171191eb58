#include "smartcard/access/inspection_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/private_key.h"
#include "pki/cvc/judge/signature.h"
#include "pki/pkcs11/address.h"
#include "smartcard/access/inspection_token.h"

namespace chip_access {

namespace {

namespace format = cvc::format;
namespace fs = std::filesystem;
namespace openssl = crypto::openssl;
using format::Certificate;

constexpr const char* kDoing = "opening the inspection system's key";
constexpr const char* kReading = "reading the inspection system's certificates";
constexpr std::size_t kLargestFile = 64U << 10;

[[noreturn]] void refuse(const char* doing, const fs::path& file, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, doing, fmt::format("{}: {}", file.string(), seen));
}

// Signs over a digest as `algorithm`, the certificate's, says.
using Signs = std::function<base::Bytes(base::ByteView digest, const format::Algorithm& algorithm)>;
struct AnyKey {
  base::Bytes public_value;
  Signs sign;
};

AnyKey open_file(const fs::path& file, const base::Secret& password) {
  openssl::OpenedKey opened = openssl::open_private_key(base::read_file(file, kDoing, kLargestFile), password);
  if (!opened.is_encrypted_key) refuse(kDoing, file, "it is no encrypted PKCS#8 key (cccd-pki is request makes one)");
  if (!opened.key) refuse(kDoing, file, "the password is wrong, or the file is damaged");
  const std::shared_ptr<EVP_PKEY> key = std::move(opened.key);
  return {openssl::public_value(key.get()), [key](base::ByteView digest, const format::Algorithm& algorithm) {
            if (algorithm.scheme == format::Scheme::Ecdsa) return openssl::sign_ecdsa_plain(key.get(), digest);
            const auto padding =
                algorithm.scheme == format::Scheme::RsaPss ? openssl::RsaPadding::Pss : openssl::RsaPadding::Pkcs1;
            return openssl::sign_rsa(key.get(), digest, cvc::judge::hash_of(algorithm.hash), padding);
          }};
}

// Tokens make ECDSA over any digest, and RSASSA-PSS as 9303-12 §4.1.6 has it.
AnyKey open_token(const std::string& address, const base::Secret& pin) {
  KeyInToken key = open_inspection_token(address, pin);
  return {std::move(key.public_value), [address, key](base::ByteView digest, const format::Algorithm& algorithm) {
            const bool ecdsa = algorithm.scheme == format::Scheme::Ecdsa;
            const bool pss = algorithm.scheme == format::Scheme::RsaPss && algorithm.hash != format::Hash::Sha1;
            if (key.is_rsa ? !pss : !ecdsa) {
              refuse(kDoing, address,
                     fmt::format("a token does not sign by {}, which its certificate asks for", algorithm.name));
            }
            return key.sign(digest);
          }};
}

Certificate read_certificate(const fs::path& file) {
  try {
    return format::parse_certificate(base::read_file(file, kReading, kLargestFile));
  } catch (const asn1::Malformed& why) {
    refuse(kReading, file, fmt::format("it is no CV certificate: {}", why.what()));
  }
}

bool is_inspection_system(const Certificate& certificate) {
  const format::Chat& chat = certificate.body.chat;
  return chat.terminal_type == format::kInspectionSystem && chat.role() == format::Role::Terminal;
}

bool is_for(const Certificate& certificate, base::ByteView public_value) {
  const format::PublicKey& key = certificate.body.key;
  return !public_value.empty() && base::equal(key.is_rsa() ? key.modulus : key.point, public_value);
}

std::string holders(const std::vector<Certificate>& certificates) {
  std::vector<std::string> names;
  for (const Certificate& one : certificates) {
    names.push_back(fmt::format("{} ({})", one.body.holder, format::role_name(one.body.chat.role())));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Takes the inspection system's certificate out of `all`.
Certificate take_own(std::vector<Certificate>& all, const fs::path& file, base::ByteView public_value) {
  if (std::ranges::none_of(all, is_inspection_system)) {
    throw base::Error(base::Fault::FixConfiguration, kReading,
                      all.empty() ? std::string("none was given")
                                  : fmt::format("none of them is an inspection system's: {}", holders(all)));
  }
  auto own = all.end();
  for (auto at = all.begin(); at != all.end(); ++at) {
    if (!is_inspection_system(*at) || !is_for(*at, public_value)) continue;
    if (own == all.end() || at->body.expiration > own->body.expiration) own = at;
  }
  if (own == all.end()) {
    std::vector<Certificate> systems;
    std::ranges::copy_if(all, std::back_inserter(systems), is_inspection_system);
    refuse(kDoing, file, fmt::format("it is not the key of the certificate of {}", holders(systems)));
  }
  Certificate taken = std::move(*own);
  all.erase(own);
  return taken;
}

}  // namespace

InspectionCredentials load_inspection_system(const std::string& key, const base::Secret& password,
                                             const std::vector<fs::path>& certificates) {
  std::vector<Certificate> others;
  for (const fs::path& file : certificates) others.push_back(read_certificate(file));
  AnyKey opened = pkcs11::is_address(key) ? open_token(key, password) : open_file(key, password);
  Certificate own = take_own(others, key, opened.public_value);
  const format::Algorithm* const algorithm = format::algorithm_of(own.body.key.algorithm);
  base::ensure(algorithm != nullptr, "a certificate that was read has a known algorithm");
  return {std::move(own), std::move(others),
          [sign = std::move(opened.sign), algorithm](base::ByteView digest) { return sign(digest, *algorithm); }};
}

}  // namespace chip_access
