#pragma once
// A revocation list of version 2 (RFC 5280 §5.1, profiled by 9303-12 §7.1.4) as a value: written by us, and read back
// strictly. Foreign lists are judged by OpenSSL (pki/trust).

#include <vector>

#include "pki/base/core/clock.h"
#include "pki/x509/format/extensions.h"
#include "pki/x509/format/name.h"

namespace x509::format {

// Entry extensions are not written and not read (9303-12 Table 10 forbids all four).
struct RevokedCertificate {
  base::Bytes serial;  // content octets of the INTEGER
  base::Moment revoked_at;
  bool operator==(const RevokedCertificate&) const = default;
};

// TBSCertList
struct CrlBody {
  base::Bytes signature_algorithm;  // AlgorithmIdentifier, whole element
  Name issuer;
  base::Moment this_update, next_update;
  std::vector<RevokedCertificate> revoked;  // as they stand; the field is absent when there are none
  std::vector<Extension> extensions;

  const Extension* find(const asn1::Oid& id) const;  // the first, or null
};

struct Crl {
  CrlBody body;
  base::Bytes tbs;                  // TBSCertList as it stood: what is signed
  base::Bytes signature_algorithm;  // whole element
  base::Bytes signature;            // the BIT STRING's octets
};

base::Bytes encode(const CrlBody& body);  // assemble() of certificate.h puts the signature behind it

// DER; version 2, nextUpdate and extensions there, no entry extensions, no empty list. Throws asn1::Malformed.
Crl parse_crl(base::ByteView der);
CrlBody parse_crl_body(base::ByteView tbs);  // TBSCertList, the whole element

// CRLNumber (RFC 5280 §5.2.3)
base::Bytes encode_crl_number(std::int64_t number);
std::int64_t parse_crl_number(base::ByteView value);  // up to 8 octets: ours count from 1

}  // namespace x509::format
