#pragma once
// Passive authentication over the files of one document, as both ways of inspection use it.

#include "pki/sod/judge/passive_authentication.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"

namespace inspection {

// Adds every finding to the report; the answer's own findings decide whether it passed. Codes of its own: SOD_MISSING,
// and those of check_missing().
sod::judge::PassiveAuthentication judge_files(const lds::Files& files, const Unread& unread,
                                              const trust::TrustStore& trust, base::Moment as_of, Report& report);

}  // namespace inspection
