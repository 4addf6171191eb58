#pragma once
// Asks for a certificate where the authority is another machine (RFC 2986).

#include "pki/keystore/signing_key.h"
#include "pki/x509/format/name.h"

namespace x509::issue {

// DER, signed by the key itself; an EC key with explicit parameters (9303-12 §4.1.6.3). Error{TreatAsAttack} when
// OpenSSL does not confirm the signature.
base::Bytes make_request(const keystore::SigningKey& key, const format::Name& subject);

}  // namespace x509::issue
