#pragma once
// A certificate request (PKCS #10, RFC 2986) as it is carried to an authority without network: a name, a key, and that
// key's signature over both. No attributes; what the certificate says is the authority's plan's to decide.

#include "pki/x509/format/name.h"

namespace x509::format {

struct Request {
  Name subject;
  base::Bytes public_key;           // SubjectPublicKeyInfo, whole element
  base::Bytes signed_part;          // CertificationRequestInfo as it stood
  base::Bytes signature_algorithm;  // whole element
  base::Bytes signature;            // the BIT STRING's octets
};

base::Bytes encode_request_info(const Name& subject, base::ByteView public_key);  // what is signed

// DER; version 1 (written 0), no attributes. Verifies nothing. Throws asn1::Malformed.
Request parse_request(base::ByteView der);

}  // namespace x509::format
