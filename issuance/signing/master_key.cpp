#include "issuance/signing/master_key.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/password_seal.h"
#include "pki/keystore/mac_key.h"

namespace signing {

namespace {

constexpr std::string_view kFormat = "cccd-sealed-key-1";
constexpr std::string_view kDoing = "opening the card-management master key";

// Sealed with the key: a key of one kind does not open as one of another.
std::string purpose(std::size_t octets) {
  return fmt::format("cccd-signer card-management master key {}", keystore::aes_kind(octets));
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& seen) {
  throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}: {}", file.string(), seen));
}

base::Bytes octets(const nlohmann::json& json, const char* name, const std::filesystem::path& file) {
  const auto found = json.find(name);
  const auto parsed =
      found != json.end() && found->is_string() ? base::parse_base64url(found->get<std::string>()) : std::nullopt;
  if (!parsed) refuse(file, fmt::format("'{}' is missing or damaged; bring the file back from the backup", name));
  return *parsed;
}

crypto::openssl::Seal parse(const std::filesystem::path& file) {
  const auto json = nlohmann::json::parse(base::read_text_file(file, kDoing), nullptr, false);
  if (!json.is_object() || json.value("format", nlohmann::json()) != kFormat) {
    refuse(file, "is no sealed key of this program; name the right data directory");
  }
  const auto rounds = json.value("rounds", nlohmann::json());
  if (!rounds.is_number_integer()) refuse(file, "'rounds' is missing or damaged; bring the file back from the backup");
  return {.rounds = rounds.get<int>(),
          .salt = octets(json, "salt", file),
          .nonce = octets(json, "nonce", file),
          .ciphertext = octets(json, "ciphertext", file),
          .tag = octets(json, "tag", file)};
}

}  // namespace

void make_master_key(const std::filesystem::path& file, std::size_t octets, const base::Secret& password,
                     base::Random& random) {
  base::ensure(!keystore::aes_kind(octets).empty(), "the master key is an AES key");
  const auto sealed = crypto::openssl::seal(random.secret(octets), password, purpose(octets), random);
  const nlohmann::json json = {{"format", kFormat},
                               {"kdf", "PBKDF2-HMAC-SHA-256"},
                               {"cipher", "AES-256-GCM"},
                               {"rounds", sealed.rounds},
                               {"salt", base::to_base64url(sealed.salt)},
                               {"nonce", base::to_base64url(sealed.nonce)},
                               {"ciphertext", base::to_base64url(sealed.ciphertext)},
                               {"tag", base::to_base64url(sealed.tag)}};
  const std::string text = json.dump(2) + "\n";
  base::write_new_file(file, base::view_of(text), "writing the card-management master key", base::Access::OwnerOnly);
}

base::Secret load_master_key(const std::filesystem::path& file, const base::Secret& password) {
  namespace fs = std::filesystem;
  const auto sealed = parse(file);
  constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;
  if ((fs::status(file).permissions() & kOthers) != fs::perms::none) {
    refuse(file, "others than its owner may read or write it; chmod 0600 it");
  }
  const std::size_t octets = sealed.ciphertext.size();  // as many as the key has
  if (keystore::aes_kind(octets).empty()) {
    refuse(file, fmt::format("a key of {} octets is sealed in it, and a card-management master key has 16, 24 or 32; "
                             "bring the file back from the backup",
                             octets));
  }
  auto key = crypto::openssl::open_seal(sealed, password, purpose(octets));
  if (!key) refuse(file, "the password does not open it");
  return std::move(*key);
}

}  // namespace signing
