#pragma once
// The files of a chip as an approved order, a chip and a day make them; everything but EF.SOD.

#include <string>

#include "issuance/cases/flow.h"
#include "pki/base/core/clock.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/lds.h"

namespace production {

document::Mrz mrz_of(const document::CardOrder& order);

// The public keys that one chip made, as files.
struct ChipKeys {
  base::Bytes dg14;  // empty: none for chip authentication
  base::Bytes dg15;
};

// EF.COM (lists the others), DG1, DG2 (the application's portrait, but of a child), DG3 (its fingers, if there are
// any), DG13 (with the chip's serial and the day of issue), DG14 (if the chip has one), DG15.
lds::Files content_of(const cases::ApprovedOrder& approved, const std::string& serial, const ChipKeys& keys,
                      base::Date issue);

}  // namespace production
