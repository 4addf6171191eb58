#include "pki/admin/new_files.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "pki/keystore/pkcs11_key.h"

namespace admin {

namespace fs = std::filesystem;

void refuse_if_there(const fs::path& file, std::string_view doing) {
  if (!fs::exists(file)) return;
  throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                    fmt::format("{}: is already there and is not overwritten; choose another folder", file.string()));
}

void make_folder(const fs::path& folder, std::string_view doing) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (!error && made) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    throw base::Error(base::Fault::FixConfiguration, std::string(doing),
                      fmt::format("{}: {}", folder.string(), error.message()));
  }
}

NewKey::NewKey(keystore::KeyKind kind, std::string address, const base::Secret& secret, base::Random& random)
    : address_(std::move(address)), secret_(secret) {
  key_ = keystore::generate_at(address_, kind, secret, random);  // what is stored is what is certified
}

NewKey::~NewKey() {
  if (kept_) return;
  if (!keystore::is_token_address(address_)) {
    std::error_code ignored;
    fs::remove(address_, ignored);
    return;
  }
  try {
    keystore::destroy_token_key(address_, secret_);
  } catch (const base::Error& error) {
    base::log::warn("a key that certified nothing is left in the token", {{"seen", error.seen()}});
  }
}

}  // namespace admin
