#pragma once
// The receiver's receipt of an application: a statement of type "receipt" (docs/formats/statements.md), signed with the
// key of the officer who took it in. Without it whoever knows the station's password could name another receiver, and
// the rule that the receiver does not approve would protect nobody.

#include <string>
#include <string_view>

#include "issuance/cases/officer_book.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/keystore/signing_key.h"

namespace cases {

// application: its canonical text as it is kept (vetting::to_kept_json).
std::string sign_receipt(std::string_view case_id, std::string_view account, std::string_view application,
                         base::Moment now, const keystore::SigningKey& receiver);

// RECEIPT_NOT_TRUSTED unless this officer's key signed that this officer took this application in for this case.
base::Findings check_receipt(std::string_view jws, std::string_view case_id, const StationOfficer& receiver,
                             std::string_view application);

}  // namespace cases
