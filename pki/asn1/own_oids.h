#pragma once
// Object identifiers of this house: a UUID under 2.25 (X.667 §7), which nobody has to register.

#include "pki/asn1/oid.h"

namespace asn1::oid {

// Extended key usage of who signs trust packs: 4ab81762-68ba-577d-825e-db583a1f5a58.
inline const Oid kTrustPackSigning{"2.25.99318728602246707649845582830829001304"};

}  // namespace asn1::oid
