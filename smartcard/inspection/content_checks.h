#pragma once
// What the files say, and whether they say it well: codecs of EF.COM, DG1, DG2, DG13, DG15, and the comparisons between
// them. A data group that passive authentication refused is shown and not judged: its own findings are notes.

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"
#include "pki/sod/judge/passive_authentication.h"
#include "smartcard/document/dg13.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"

namespace inspection {

struct Content {
  std::string mrz_text;  // of DG1; empty when it cannot be read
  std::optional<document::ParsedMrz> mrz;
  std::optional<document::Dg13> dg13;  // of a Vietnamese card
  bool comparable = true;              // neither DG1 nor DG13 was refused by passive authentication
};

// Fills report.findings and report.document. Codes: COM_MISSING, COM_MALFORMED, COM_SOD_MISMATCH, COM_UNICODE_VERSION
// (warn), COM_LDS_VERSION (fail against a signed version, else warn), DGn_MALFORMED, MRZ_*, MRZ_DATE, MRZ_STATE,
// DOCUMENT_EXPIRED (warn), DS_DOCUMENT_TYPE (warn), DS_COUNTRY (warn), and those of the codecs.
Content check_contents(const lds::Files& files, const sod::judge::PassiveAuthentication& passive, base::Moment as_of,
                       Report& report);

// Data groups that could not be read from a chip.
struct Unread {
  std::set<int> refused;              // the chip demands rights that this inspection does not have
  std::set<int> failed;               // a finding stands already
  std::set<int> absent;               // the chip gave the rights, and says that it has no such file
  std::set<int> may_be_refused = {};  // by the policy, while this inspection has no rights
};

// Data groups that the SOD lists, or that every document has, and that are not there. DG3 and DG4 are readable only to
// a few: their absence is a note, as the refusal of one that may be refused is; a child under six has no portrait (Luật
// 26/2023 Đ23): NO_PORTRAIT_CHILD (warn). Codes: DGn_MISSING, DGn_NOT_READ.
void check_missing(const lds::Files& files, const sod::judge::PassiveAuthentication& passive, const Unread& unread,
                   base::Moment as_of, base::Findings& findings);

// DG13 and the optical MRZ (empty: none) against DG1. Codes: DG13_NUMBER_MISMATCH (fail), DG13_NAME_MISMATCH,
// DG13_DATE_MISMATCH (warn), MRZ_MISMATCH (fail). DG13 is compared only while neither group was refused. Returns the
// step's result.
StepResult compare(const Content& content, std::string_view optical_mrz, base::Findings& findings);

// Number -> content, for passive authentication.
std::map<int, base::Bytes> data_groups_of(const lds::Files& files);

}  // namespace inspection
