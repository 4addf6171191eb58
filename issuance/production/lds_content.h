#pragma once
// The files of a chip as an approved order, a chip and a day make them; everything but EF.SOD.

#include <string>

#include "issuance/cases/flow.h"
#include "pki/base/core/clock.h"
#include "smartcard/document/mrz.h"
#include "smartcard/lds/lds.h"

namespace production {

document::Mrz mrz_of(const document::CardOrder& order);

// EF.COM, DG1, DG2 (the application's portrait), DG13 (with the chip's serial and the day of issue), DG15.
lds::Files content_of(const cases::ApprovedOrder& approved, const std::string& serial, base::ByteView dg15,
                      base::Date issue);

}  // namespace production
