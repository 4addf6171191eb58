#pragma once
// Whom the signer believes: officers, the registry and stations, each entered by the PKI administrator with
// `cccd-signer trust add` into one file, trust/trust.toml (docs/formats/trust-directory.md). What a station lists
// proves nothing.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "issuance/approval/rules.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace signing {

enum class TrustKind { Officer, Registry, Station };
std::string_view kind_name(TrustKind kind);  // "officer", "registry", "station"

struct TrustEntry {
  TrustKind kind = TrustKind::Officer;
  std::string key_id;      // evidence::key_id of the key
  base::Bytes public_key;  // SubjectPublicKeyInfo, P-256, named curve
  std::string person;      // officers only: one identity over all accounts
  std::string account;     // officers only
  std::string subject;     // of the certificate the key came in, as a reminder; proves nothing
  base::Moment added_at;
};

// Throws Error{FixConfiguration} with file:line for anything that is not exactly the format, a key that stands twice,
// an account with two keys, persons that differ in case only, or a citizen number in place of a name.
std::vector<TrustEntry> read_trust(const std::filesystem::path& file);
void write_trust(const std::filesystem::path& file, const std::vector<TrustEntry>& entries);

// One entry out of a key file: a certificate or a public key, DER or PEM. Throws Error{FixConfiguration} when it holds
// no P-256 key.
TrustEntry entry_from_file(TrustKind kind, const std::filesystem::path& key_file, base::Moment now);
// Adds with the same refusals as read_trust; `where` names the file in the message.
void add_entry(std::vector<TrustEntry>& entries, TrustEntry entry, const std::string& where);

class TrustDirectory {
 public:
  TrustDirectory() = default;
  explicit TrustDirectory(const std::vector<TrustEntry>& entries);
  const approval::TrustedOfficers& officers() const { return officers_; }
  const base::Bytes* registry(const std::string& key_id) const;  // nullptr: not trusted
  const base::Bytes* station(const std::string& key_id) const;
  std::size_t registries() const { return registries_.size(); }
  std::size_t stations() const { return stations_.size(); }

 private:
  approval::TrustedOfficers officers_;
  std::map<std::string, base::Bytes> registries_, stations_;
};

// The file, read again when it was replaced.
class TrustFile {
 public:
  explicit TrustFile(std::filesystem::path file) : file_(std::move(file)) {}
  // True when what is trusted was read anew; then current() has changed.
  bool refresh();
  const TrustDirectory& current() const { return current_; }
  const std::string& sha256() const { return sha256_; }  // of the file, base64url, for the log

 private:
  struct Stamp {
    std::uint64_t device = 0, inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0, size = -1;
    bool operator==(const Stamp&) const = default;
  };
  std::filesystem::path file_;
  Stamp stamp_;
  TrustDirectory current_;
  std::string sha256_;
};

}  // namespace signing
