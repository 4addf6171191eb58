#pragma once
// One card, from an approved order to an accepted card (docs/formats/case-states.md): bind the chip, prepare it, have
// its data signed, write, lock, print, and inspect it by the public path. Each step takes the previous step's product.
//
// After a power cut, a pulled card or a dead signer the same command goes on: it asks the chip where it stands and the
// signer what it gave, so there is one chip, one set of card keys and one EF.SOD per order.

#include <string>
#include <variant>

#include "issuance/cases/accepted.h"
#include "issuance/production/bench.h"
#include "smartcard/inspection/report.h"

namespace production {

enum class Until { Signed, Accepted };

struct Produced {
  std::string state;          // of the case now
  inspection::Report report;  // the verdict, or NOT ISSUED with the reasons; meaningless when `stopped`
  bool stopped = false;       // on request, after signing
};

// NOT ISSUED, with these findings.
inspection::Report not_issued(base::Findings findings);

// The case's lock is held by the caller. Codes besides the signer's and the personalizer's: CASE_STATE,
// CASE_NOT_CHECKED, the approval codes, CHIP_IS_ANOTHER, CHIP_UNUSABLE, and the inspection's.
Produced produce(Bench& bench, const std::string& case_id, Until until);

}  // namespace production
