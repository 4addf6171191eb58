#pragma once
// The officers of this station: account, person behind it, role, public key. What stands here lets the station refuse
// early and in plain words; it proves nothing to the signer, which has a trust directory of its own.

#include <optional>
#include <string>
#include <vector>

#include "issuance/approval/rules.h"
#include "issuance/cases/case_table.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/db/connection.h"

namespace cases {

struct StationOfficer {
  std::string account;
  std::string person;  // identity over all accounts
  Role role = Role::Receiver;
  base::Bytes public_key;  // SubjectPublicKeyInfo, DER
};

// Lower-case letters, digits, '.', '-', '_'; 1 to 32: it names files.
bool is_account_name(std::string_view text);
// What may identify a person at the station: 1 to 64 letters, digits, '.', '-', '_'. Never a citizen number.
bool is_person_id(std::string_view text);

class OfficerBook {
 public:
  explicit OfficerBook(db::Connection& store) : store_(store) {}
  void add(const StationOfficer& officer, base::Moment now);  // Error{FixConfiguration} when the account is there
  std::optional<StationOfficer> find(const std::string& account) const;
  // Error{UsedWrongly} when nobody has this account.
  StationOfficer need(const std::string& account) const;
  std::vector<StationOfficer> list() const;
  approval::TrustedOfficers trusted() const;

 private:
  db::Connection& store_;
};

}  // namespace cases
