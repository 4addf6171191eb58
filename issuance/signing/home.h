#pragma once
// The signer's data directory: what is in it and how it is made.

#include <filesystem>
#include <optional>

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "pki/base/db/connection.h"

namespace signing {

struct Home {
  std::filesystem::path folder;

  std::filesystem::path settings() const { return folder / "signer.toml"; }
  std::filesystem::path database() const { return folder / "signer.db"; }
  std::filesystem::path log_folder() const { return folder / "log"; }
  std::filesystem::path witnessed() const { return folder / "witnessed"; }  // of other programs' logs
  std::filesystem::path log_key() const { return folder / "keys" / "log.p8"; }
  std::filesystem::path log_public_key() const { return folder / "log.pub"; }  // SubjectPublicKeyInfo, DER
  std::filesystem::path master_key() const { return folder / "keys" / "card-master.json"; }
  std::filesystem::path trust() const { return folder / "trust" / "trust.toml"; }
  std::filesystem::path lock() const { return folder / "signer.lock"; }
};

// Makes everything; refuses a directory in which a signer lives already. master_key: the octets of the card-management
// master key (make_master_key); nullopt: none is made, it stands in a token, which cccd-signer serve --master-key
// names.
void make_home(const Home& home, const base::Secret& password, base::Random& random, const base::Clock& clock,
               std::optional<std::size_t> master_key);
// The database with its schema up to date. Throws Error{FixConfiguration} that tells about `init` when it is not there.
db::Connection open_ledger(const Home& home, const base::Clock& clock);

// Held while a signer serves: two of them on one directory would count twice.
class HomeLock {
 public:
  explicit HomeLock(const Home& home);  // throws Error{AskOperator} when another process holds it
  HomeLock(const HomeLock&) = delete;
  HomeLock& operator=(const HomeLock&) = delete;
  ~HomeLock();

 private:
  int descriptor_;
};

}  // namespace signing
