#pragma once
// A certificate of version 3 (RFC 5280 §4.1) as a value: written by us, and read back strictly. A parser for what we
// issue and show; foreign chains are judged by OpenSSL.

#include <vector>

#include "pki/base/core/clock.h"
#include "pki/x509/format/extensions.h"
#include "pki/x509/format/name.h"

namespace x509::format {

// TBSCertificate
struct Body {
  base::Bytes serial;               // content octets of the INTEGER
  base::Bytes signature_algorithm;  // AlgorithmIdentifier, whole element
  Name issuer;
  base::Moment not_before, not_after;
  Name subject;
  base::Bytes public_key;  // SubjectPublicKeyInfo, whole element
  std::vector<Extension> extensions;

  const Extension* find(const asn1::Oid& id) const;  // the first, or null
};

struct Certificate {
  Body body;
  base::Bytes tbs;                  // TBSCertificate as it stood: what is signed
  base::Bytes issuer;               // Name as it stood, for a CMS signer identifier
  base::Bytes signature_algorithm;  // whole element
  base::Bytes signature;            // the BIT STRING's octets
};

base::Bytes encode(const Body& body);
base::Bytes assemble(base::ByteView tbs, base::ByteView signature_algorithm, base::ByteView signature);

// DER; version 3, no unique identifiers, no DEFAULT written out. Throws asn1::Malformed.
Certificate parse_certificate(base::ByteView der);

// AlgorithmIdentifier with no parameters (ECDSA: RFC 5758 §3.2; digests in SODs: 9303-10 §4.6.2.3 note 2).
base::Bytes algorithm_identifier(const asn1::Oid& algorithm);
asn1::Oid algorithm_of(base::ByteView algorithm_identifier);  // throws asn1::Malformed

}  // namespace x509::format
