#pragma once
// The one step from a document signer's certificate to an anchor (9303-12 App. D.1), by OpenSSL's path check.

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/trust_state.h"

namespace sod::judge {

// Findings: NO_TRUST_ANCHOR, CSCA_NOT_TRUSTED, DS_SIGNATURE, DS_CURVE, DS_CERTIFICATE, WEAK_DIGEST, WEAK_KEY,
// CSCA_EXPIRED (warn), DS_OUTSIDE_CSCA_USAGE (note). The certificate's own dates are judged elsewhere.
// Returns the anchor; null: none.
const trust::Anchor* judge_path(X509* signer, const trust::TrustStore::State& trust, base::Moment as_of,
                                base::Findings& findings);

}  // namespace sod::judge
