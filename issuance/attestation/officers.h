#pragma once
// Whose confirmations the register believes: officers.toml in the register's directory, written by
// `cccd-registry officer add` (docs/formats/attestation.md). A file and not a table, so that whoever may write the
// database cannot enter an officer.

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace attestation {

inline constexpr std::array<std::string_view, 7> kForces{
    "commune-police", "provincial-police", "ministry-police", "civil-status", "court", "consulate", "defence"};
bool is_force(std::string_view text);

// One key that confirms. Several accounts may belong to one person; the person counts.
struct Officer {
  std::string person;               // identity over all accounts, the same word at registry, station and signer
  std::string account;              // one key each
  std::string office;               // its code, "001-CP-0123"
  std::string force;                // one of kForces
  base::Bytes public_key;           // SubjectPublicKeyInfo, P-256, named curve
  base::Date since;                 // first day in this office
  std::optional<base::Date> until;  // last day; statements of later days do not count
  bool operator==(const Officer&) const = default;
};

class OfficerBook {
 public:
  OfficerBook() = default;
  // An absent file is an empty book. Throws Error{FixConfiguration} with file:line for anything that is not exactly the
  // format, and for what add() refuses.
  static OfficerBook read(const std::filesystem::path& file);
  void write(const std::filesystem::path& file) const;

  // Throws Error{FixConfiguration}, `where` first: a key or an account that is there, persons that differ in case only,
  // an unknown force, a citizen number in place of a name.
  void add(Officer officer, const std::string& where);
  // The officer's last day; false: no such account.
  bool end(const std::string& account, base::Date until);

  const Officer* by_key(const std::string& key_id) const;  // nullptr: not in the book
  const Officer* by_account(const std::string& account) const;
  const std::vector<Officer>& all() const { return officers_; }

 private:
  std::vector<Officer> officers_;
  std::map<std::string, std::size_t> by_key_;  // key id → place
};

// The P-256 key of a certificate or public key file, DER or PEM. Throws Error{FixConfiguration}.
base::Bytes officer_key_from_file(const std::filesystem::path& file);

// Letters, digits, '-', '_', '.' and '@', 1 to 64, and no citizen number: what may name a person, account or office.
bool is_name(std::string_view text);

}  // namespace attestation
