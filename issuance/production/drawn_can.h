#pragma once
// The card access number of one card alone (docs/decisions/cccd-hardened.md).

#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/document/citizen_number.h"

namespace production {

// Six digits, each number as likely as any other but the one that everybody would try: the last six of the holder's.
base::Secret draw_can(const document::CitizenNumber& holder, base::Random& random);

}  // namespace production
