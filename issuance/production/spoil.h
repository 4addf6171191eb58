#pragma once
// A chip that cannot become its card is made useless, explicitly: terminated in the reader, or, when it is lost or
// dead, declared so by the officer. The stock number is written off by the PKI administrator at the signer.

#include <optional>
#include <string>

#include "issuance/cases/officer_book.h"
#include "issuance/production/bench.h"
#include "pki/base/core/finding.h"

namespace production {

// Needs the chip's binding and no living order; a chip of this case that is terminated already is done. bench nullptr:
// the chip is not at hand; the reason says why. Findings: CASE_STATE, OFFICER_ROLE, CHIP_IS_ANOTHER, the
// signer's, the personalizer's.
base::Findings spoil(cases::CaseStore& store, const std::string& case_id, const cases::StationOfficer& officer,
                     const std::string& reason, Bench* bench);

}  // namespace production
