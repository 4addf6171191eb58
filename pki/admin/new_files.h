#pragma once
// What every ceremony of this room does with files: it overwrites nothing, and leaves no key behind that certified
// nothing.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "pki/keystore/signing_key.h"

namespace admin {

// Error{FixConfiguration} when the file is there.
void refuse_if_there(const std::filesystem::path& file, std::string_view doing);

// Made when missing, for its owner only. Error{FixConfiguration} when that cannot be.
void make_folder(const std::filesystem::path& folder, std::string_view doing);

// A key, in a file or a token, that has certified or signed nothing yet: it goes away again unless the ceremony gets as
// far as signing. address, secret: keystore::open. The secret outlives it.
class NewKey {
 public:
  NewKey(keystore::KeyKind kind, std::string address, const base::Secret& secret, base::Random& random);
  NewKey(const NewKey&) = delete;
  NewKey& operator=(const NewKey&) = delete;
  ~NewKey();
  const keystore::SigningKey& key() const { return *key_; }
  void keep() { kept_ = true; }

 private:
  std::string address_;
  const base::Secret& secret_;
  std::unique_ptr<keystore::SigningKey> key_;
  bool kept_ = false;
};

}  // namespace admin
