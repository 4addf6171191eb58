#pragma once
// The certificate of who signs trust packs (docs/formats/trust-pack.md): a key that does nothing else. Self-signed,
// P-256; every checkpoint is given it beforehand, and it vouches for nothing by itself.

#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/name.h"

namespace x509::issue {

inline constexpr int kPackSignerYears = 3;  // then the checkpoints are given a new one

// RFC 5280 version 3: key usage digitalSignature, and the one purpose of a pack signer, both critical. DER.
base::Bytes issue_pack_signer(const keystore::SigningKey& key, const format::Name& name, base::Moment now,
                              base::Random& random);

}  // namespace x509::issue
