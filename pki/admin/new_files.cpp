#include "pki/admin/new_files.h"

#include <fmt/format.h>

#include "pki/base/core/error.h"

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

NewKey::NewKey(keystore::Curve curve, fs::path file, const base::Secret& password, base::Random& random)
    : file_(std::move(file)) {
  keystore::generate_into_file(curve, file_, password, random);
  key_ = keystore::load_file(file_, password);  // what is on disk is what is certified
}

NewKey::~NewKey() {
  std::error_code ignored;
  if (!kept_) fs::remove(file_, ignored);
}

}  // namespace admin
