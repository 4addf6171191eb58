#pragma once
// An appeal re-opens a refused case with other officers: whoever took it in, checked, approved or refused it before has
// no part in it any more, under whatever account.

#include <string>

#include "pki/base/core/finding.h"
#include "pki/base/db/connection.h"

namespace cases {

// APPEAL_SAME_OFFICER when the person behind the account acted in the case before its last appeal; `appealing`: before
// now, for the officer who takes the appeal in.
base::Findings check_other_officers(db::Connection& store, const std::string& case_id, const std::string& account,
                                    bool appealing);

}  // namespace cases
