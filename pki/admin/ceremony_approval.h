#pragma once
// What custodians sign: that they have read this plan, octet for octet, and agree. A statement (docs/formats/
// statements.md) of type "ceremony-approval": {"at", "ceremony", "custodian", "plan"}; plan is the file's SHA-256.

#include <string>
#include <vector>

#include "pki/admin/plan.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace admin {

// Error{FixConfiguration} when the plan has no custodian of this name with this key.
std::string approve_plan(const Plan& plan, const std::string& custodian, const keystore::SigningKey& key,
                         base::Moment now);

struct Quorum {
  std::vector<std::string> custodians;  // who approved, in the order of the plan
  base::Findings findings;              // CEREMONY_APPROVAL_…, CEREMONY_QUORUM, CEREMONY_TIME
};
// Whether the approvals allow the plan to be run at `now`.
Quorum judge_approvals(const Plan& plan, const std::vector<std::string>& approvals, base::Moment now);

}  // namespace admin
