#pragma once
// What custodians sign: that they have read this plan and what it reads, octet for octet, and agree to one run of it. A
// statement (docs/formats/statements.md) of type "ceremony-approval": {"at", "ceremony", "custodian", "nonce", "plan",
// "reads", "whole"}, as docs/formats/ceremony-plan.md has them.

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pki/admin/plan.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"

namespace admin {

// Error{FixConfiguration} when the plan has no custodian of this name with this key.
std::string approve_plan(const Plan& plan, const std::string& custodian, const keystore::SigningKey& key,
                         base::Moment now, base::Random& random);

struct Approval {
  std::string custodian;
  std::string nonce;      // base64url, 128 bits: two approvals of one plan are two
  std::string statement;  // as it was signed
};
struct Quorum {
  std::vector<Approval> approvals;  // that count, in the order of the plan's custodians
  base::Findings findings;          // CEREMONY_APPROVAL_…, CEREMONY_QUORUM, CEREMONY_TIME
};
// Whether the approvals allow the plan to be run at `now`. Whether they were spent before: spent_approvals.h.
Quorum judge_approvals(const Plan& plan, const std::vector<std::string>& approvals, base::Moment now);

// `reads` of approvals and minutes: what, name, file (its name without folders), sha256.
nlohmann::json reads_json(const Plan& plan);
// What of `reads` is not as the plan has it now, by the files' names.
std::vector<std::string> changed_reads(const nlohmann::json& reads, const Plan& plan);

}  // namespace admin
