#pragma once
// A ceremony from its plan to its signed minutes: rehearse() performs it with stand-in keys in a folder that goes away,
// run() does that first and then touches the keys. Files that a ceremony leaves beside those of its steps:
// minutes.txt (to be read aloud), minutes.jws (the statement, type "ceremony-minutes") and journal.txt (intents and
// outcomes, a line each).

#include <string>
#include <vector>

#include "pki/admin/ceremony_approval.h"
#include "pki/admin/performance.h"

namespace admin {

// The profile that the plan names, or the shipped one.
x509::issue::Profile profile_of(const Plan& plan);

// Nothing is left but what is returned. Error{FixConfiguration} when a password or key file that the plan opens is
// missing.
Performed rehearse(const Plan& plan, const World& world);

struct CeremonyRun {
  Performed performed;
  std::vector<Approval> approvals;  // in the order of the plan's custodians
  std::string text;                 // of the minutes, empty when nothing was done
};
// approvals: statements of custodians. keeper: the key of one of the custodians who approved, who leads and signs the
// minutes. Findings when the approvals do not suffice, were spent before, or the rehearsal fails: then no key was
// touched. The approvals are spent when the first key is in hand. Refuses to overwrite.
CeremonyRun run_ceremony(const Plan& plan, const std::vector<std::string>& approvals,
                         const keystore::SigningKey& keeper, const std::filesystem::path& out, const World& world);

// What the minutes in `out` say, against the plan and the files as they are now; the approvals in them are counted
// again.
base::Findings verify_minutes(const Plan& plan, const std::filesystem::path& out);

}  // namespace admin
