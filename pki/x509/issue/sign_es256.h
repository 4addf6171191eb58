#pragma once
// Our own certificates outside ICAO's rules (signatories, TLS): ecdsa-with-SHA256 by a P-256 key.

#include <utility>

#include "pki/base/core/random.h"
#include "pki/keystore/signing_key.h"
#include "pki/x509/format/certificate.h"

namespace x509::issue {

// The certificate, DER. OpenSSL confirms what Botan signed before it leaves.
base::Bytes sign_es256(const format::Body& body, const keystore::SigningKey& issuer);

// A certificate by its own key, which signs and certifies nothing: a random serial number, subjectKeyIdentifier, key
// usage digitalSignature, and `more`. term: first and last moment.
base::Bytes self_signed_es256(const keystore::SigningKey& key, const format::Name& name,
                              std::pair<base::Moment, base::Moment> term, std::vector<format::Extension> more,
                              base::Random& random);

}  // namespace x509::issue
