#pragma once
// The one step from a certificate to an anchor (9303-12 App. D.1), by OpenSSL's path check; what a wrong step means is
// said by whoever asks (pki/sod/judge for document signers, pki/masterlist/judge for list signers).

#include <vector>

#include "pki/base/core/clock.h"
#include "pki/trust/trust_state.h"

namespace trust {

// App. D.1.1.1: the anchor that bears the issuer's name and the key identifier the certificate names. Where several are
// left (or the certificate names none), the one whose key verifies it; null: none.
const Anchor* choose_anchor(X509* certificate, const std::vector<Anchor>& anchors);

// OpenSSL's complaints (X509_V_ERR_…) about certificate and anchor at this moment; empty: the path stands. Not among
// them: dates, which are judged apart so that an expired certificate's signature is still evaluated, and explicit EC
// parameters that equal a standardized curve, which 9303-12 §4.1.6.3 demands.
std::vector<int> path_errors(X509* certificate, const Anchor& anchor, base::Moment as_of);

}  // namespace trust
