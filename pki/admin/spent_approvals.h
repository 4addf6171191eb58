#pragma once
// An approval is for one run. Which were spent stands beside the plan (the folder spent-approvals, a file each, named
// by the approval's nonce) and in the ca.db of every authority that the plan brings in. Who copies the plan's folder
// before a run, and has no authority in it, is not stopped by this: docs/formats/ceremony-plan.md.

#include "pki/admin/ceremony_approval.h"

namespace admin {

// CEREMONY_APPROVAL_SPENT for each that was.
base::Findings judge_unspent(const Plan& plan, const Quorum& quorum);
// Writes them down, for good. Error{FixConfiguration} when one was spent in the meantime.
void spend(const Plan& plan, const Quorum& quorum, const std::filesystem::path& out, const base::Clock& clock);

}  // namespace admin
