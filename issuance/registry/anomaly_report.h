#pragma once
// The anomaly report over what the register holds (docs/formats/anomaly-report.md).

#include <functional>

#include "issuance/attestation/anomaly.h"
#include "issuance/attestation/officers.h"
#include "issuance/registry/access_book.h"
#include "issuance/registry/store.h"
#include "pki/base/core/clock.h"

namespace registry {

// Every order that was made from one moment until before another, judged to be risky or not by what the register holds
// about its person: a late birth, a nationality that no birth record bears out, a correction accepted within thirty
// days before the order.
void each_approved_order(Store& store, const attestation::OfficerBook& officers, const base::Clock& clock,
                         base::Moment from, base::Moment until,
                         const std::function<void(const attestation::ApprovedOrder&)>& tell);

// Statements, accepted corrections and approved orders of that time. Applications are known from the access book: a
// signed answer for issuance within thirty days after a correction.
attestation::AnomalyReport anomaly_report(Store& store, AccessBook& accesses, const attestation::OfficerBook& officers,
                                          const base::Clock& clock, base::Moment from, base::Moment until);

}  // namespace registry
