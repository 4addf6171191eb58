#pragma once
// Passive authentication over the files of one document, as both ways of inspection use it.

#include "pki/sod/judge/passive_authentication.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"

namespace inspection {

// A file that is there and could not be read, or is larger than any card's: SOD_TOO_LARGE, DG2_READ_FAILED … (fail, of
// EF.COM warn).
void add_unreadable(const lds::FileInfo& file, bool too_large, std::string_view why, Unread& unread, Report& report);

// The answer's findings decide whether it passed; they go into the report when nothing more is read. Codes of its own:
// SOD_MISSING, and those of check_missing().
sod::judge::PassiveAuthentication judge_files(const lds::Files& files, const Unread& unread,
                                              const trust::TrustStore& trust, base::Moment as_of);

}  // namespace inspection
