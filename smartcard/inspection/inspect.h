#pragma once
// Inspection of a folder of files, and of a chip through any Channel. Never sees the issuer's data.

#include <string_view>

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/trust/trust_store.h"
#include "smartcard/inspection/report.h"
#include "smartcard/lds/lds.h"
#include "smartcard/transport/channel.h"

namespace inspection {

// No chip to ask: the best verdict is DATA AUTHENTIC.
Report inspect_files(const lds::Files& files, const trust::TrustStore& trust, base::Moment as_of);

// The public path: BAC with the MRZ, read EF.COM and EF.SOD and every data group that passive authentication names,
// passive authentication, active authentication bound by it, DG1 against the optical MRZ. `files` (optional) receives
// what was read. Throws base::Error only when the world failed (card pulled, reader gone).
Report inspect_card(transport::Channel& card, std::string_view optical_mrz, const trust::TrustStore& trust,
                    base::Moment as_of, base::Random& random, lds::Files* files = nullptr);

}  // namespace inspection
