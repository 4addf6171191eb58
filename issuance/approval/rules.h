#pragma once
// When do approvals make an order signable? A pure function over what was shown, as a table of small rules: each
// answers one question and knows nothing of the others, so a test can take one away and see the hole it leaves. The
// signer always uses all_rules(); the table is an argument of tests, never a setting.

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/approval/approval.h"
#include "pki/base/core/finding.h"

namespace approval {

inline constexpr std::size_t kOfficersNeeded = 2;
inline constexpr std::size_t kMostApprovals = 8;      // more in one request is no honest request
inline constexpr std::chrono::minutes kClockSkew{5};  // how far an officer's clock may be ahead of ours

// One key that approves. Several accounts and keys may belong to one person; the person counts.
struct Officer {
  std::string person;      // identity over all accounts, entered by the PKI administrator
  std::string account;     // name at the station
  base::Bytes public_key;  // SubjectPublicKeyInfo, DER, named curve
};

// The officers that are believed, by key id (evidence::key_id).
class TrustedOfficers {
 public:
  void add(Officer officer);
  const Officer* by_key(const std::string& key_id) const;
  std::optional<std::string> person_of(const std::string& account) const;
  std::size_t size() const { return by_key_.size(); }

 private:
  std::map<std::string, Officer> by_key_;
};

// The hash of the order on which this nonce was spent before; nullopt: never seen.
using SpentNonces = std::function<std::optional<std::string>(const std::string& nonce)>;

// One approval as it was shown and as far as it could be opened.
struct Presented {
  std::string where;                 // "approval 1"
  std::string key_id;                // who claims to have signed
  const Officer* officer = nullptr;  // nullptr: no trusted key of that id
  std::optional<Approval> content;   // only when the officer's key verified it and the account is that key's
};

struct Submission {
  std::string order_sha256;
  std::string case_id;
  std::optional<std::string> receiver;  // person who took the application; nullopt: not in the trust directory
  std::vector<Presented> approvals;
  base::Moment now;
  const SpentNonces* spent = nullptr;
};

struct Rule {
  std::string_view code;
  void (*check)(const Submission& submission, base::Findings& findings);
};

// APPROVAL_MISSING        fewer than two approvals
// OFFICER_NOT_TRUSTED     an approval (or the receiver) that the trust directory does not know
// APPROVAL_FORGED         a trusted key's name on a statement that this key did not sign
// APPROVERS_NOT_DISTINCT  two approvals by one person, whatever the accounts
// APPROVER_IS_RECEIVER    the person who took the application is among the approvers
// APPROVAL_EXPIRED        not valid now
// APPROVAL_REPLAYED       given for another order, or its nonce was spent on another one
std::span<const Rule> all_rules();
// The table without one rule, for tests that look for the hole. The code must be in the table (ensure).
std::vector<Rule> rules_without(std::string_view code);

Submission present(const document::CardOrder& order, std::optional<std::string> receiver,
                   std::span<const std::string> approvals, const TrustedOfficers& trusted, base::Moment now,
                   const SpentNonces& spent);

// No finding: two different trusted persons, neither of them the receiver, approved exactly this order and their
// approvals count now.
base::Findings check_approvals(const document::CardOrder& order, std::optional<std::string> receiver,
                               std::span<const std::string> approvals, const TrustedOfficers& trusted, base::Moment now,
                               const SpentNonces& spent, std::span<const Rule> rules = all_rules());

}  // namespace approval
