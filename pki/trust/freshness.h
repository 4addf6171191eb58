#pragma once
// Is what a store knows about revocation fresh enough for this moment? One complete list speaks for all certificates of
// its CSCA (9303-12 §4.1.5) and for no other CSCA of the same State; a missing or old one leaves the question open.

#include "pki/base/core/clock.h"
#include "pki/trust/trust_state.h"

namespace trust {

enum class Freshness {
  Unknown,      // no verified list of the CSCA, or one that begins later
  Fresh,        // the next list is not due yet
  StaleWarn,    // it is due, and the policy lets the old one be used
  StaleRefuse,  // it is due for longer than the policy allows
};

struct RevocationAnswer {
  bool revoked = false;  // by any verified list, however old
  Freshness freshness = Freshness::Unknown;
};

// Of the certificate that this anchor issued under this number.
RevocationAnswer ask_revocation(const TrustStore::State& trust, const Anchor& issuer, const base::Bytes& serial,
                                base::Moment as_of);

}  // namespace trust
