#pragma once
// Our own certificates outside ICAO's rules (officers, TLS): ecdsa-with-SHA256 by a P-256 key.

#include "pki/keystore/signing_key.h"
#include "pki/x509/format/certificate.h"

namespace x509::issue {

// The certificate, DER. OpenSSL confirms what Botan signed before it leaves.
base::Bytes sign_es256(const format::Body& body, const keystore::SigningKey& issuer);

}  // namespace x509::issue
