#pragma once
// CMS SignedData (RFC 5652 §5) around one content by one signer, as 9303-12 Table 18 profiles it: DER, version 3, sid
// by key identifier, contentType, messageDigest and signingTime signed, digest algorithms without NULL. Master lists
// and trust packs travel in it; an EF.SOD has its own writer (pki/sod/issue), because nothing may cost it time.

#include <vector>

#include "pki/asn1/oid.h"
#include "pki/base/core/clock.h"
#include "pki/keystore/signing_key.h"

namespace cms::issue {

struct Content {
  asn1::Oid type;
  base::Bytes octets;
  base::Bytes signer;               // the key's certificate, DER; it has a subject key identifier
  std::vector<base::Bytes> others;  // certificates that travel beside it, DER
  base::Moment signing_time;
};

// The message as it will be, with one zero octet where the signature comes: what is linted before anything is signed.
// The certificate decides about the algorithm. Error{FixConfiguration} as below.
base::Bytes unsigned_data(const Content& content);

// The ContentInfo, DER. Error{FixConfiguration} when key and certificate are no pair or the certificate cannot be read;
// Error{TreatAsAttack} when OpenSSL does not confirm what was just signed.
base::Bytes signed_data(const Content& content, const keystore::SigningKey& key);

}  // namespace cms::issue
