#pragma once
// The certificate in which an officer's public key travels to the PKI administrator: self-signed, P-256, one account.
// It vouches for nothing by itself; who is trusted is decided where it is entered (docs/formats/trust-directory.md).

#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"

namespace x509::issue {

inline constexpr int kOfficerYears = 3;  // then a new key is made

// RFC 5280 version 3, ecdsa-with-SHA256, CN = account, key usage digitalSignature. DER.
base::Bytes issue_officer_certificate(const keystore::SigningKey& key, const std::string& account, base::Moment now,
                                      base::Random& random);

}  // namespace x509::issue
