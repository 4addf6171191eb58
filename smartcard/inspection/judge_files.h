#pragma once
// Passive authentication over the files of one document, as both ways of inspection use it.

#include <set>

#include "pki/sod/judge/passive_authentication.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"

namespace inspection {

// Adds every finding to the report; the answer's own findings decide whether it passed. Codes of its own: SOD_MISSING,
// and those of check_missing(). refused: data groups that the chip did not let be read.
sod::judge::PassiveAuthentication judge_files(const lds::Files& files, const std::set<int>& refused,
                                              const trust::TrustStore& trust, base::Moment as_of, Report& report);

}  // namespace inspection
