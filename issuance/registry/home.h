#pragma once
// A register's directory: registry.toml, registry.db (or a store on PostgreSQL), registry.key (the answer key,
// encrypted PKCS#8), registry.pub.der (its public key, for stations and signers), log/ (the audit log), access.db (who
// asked what, and the clients of the service), tls/ (what the service shows and believes).

#include <filesystem>
#include <memory>

#include "issuance/registry/place.h"
#include "issuance/registry/store.h"
#include "pki/base/core/secret.h"
#include "pki/keystore/signing_key.h"

namespace registry {

// For `serve` (docs/formats/tls.md).
struct TlsFiles {
  std::filesystem::path certificate = "tls/tls.pem";
  std::filesystem::path key = "tls/tls.key";       // encrypted PKCS#8
  std::filesystem::path client_ca = "tls/ca.pem";  // who signs the certificates of clients
};

class Home {
 public:
  // Makes the directory (0700) and an empty register; refuses one that is there.
  static Home create(const std::filesystem::path& folder, const base::Clock& clock, const NewPlace& made = {});
  // Reads registry.toml; Error{FixConfiguration} names file and line of what is wrong.
  static Home open(const std::filesystem::path& folder);

  Store store(const base::Clock& clock, db::Mode mode = db::Mode::Existing) const;
  // P-256; refuses to replace one. Returns the id that statements carry as kid.
  std::string make_answer_key(const base::Secret& password, base::Random& random) const;
  std::unique_ptr<keystore::SigningKey> answer_key(const base::Secret& password) const;
  std::filesystem::path public_key_file() const { return folder_ / "registry.pub.der"; }
  std::filesystem::path log_folder() const { return folder_ / "log"; }
  std::filesystem::path witnessed() const { return folder_ / "witnessed"; }  // of other programs' logs
  const std::filesystem::path& folder() const { return folder_; }
  TlsFiles tls() const;  // as settled in [tls] of registry.toml; paths from the folder
  std::filesystem::path officers_file() const { return folder_ / "officers.toml"; }  // whose confirmations are believed

 private:
  explicit Home(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
  Place place_;
  std::filesystem::path key_file_ = "registry.key";  // of registry.toml, relative to the folder
  TlsFiles tls_;
};

}  // namespace registry
