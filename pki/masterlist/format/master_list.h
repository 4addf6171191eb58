#pragma once
// CscaMasterList (ICAO Doc 9303-12 §9.2): the certificates that one State believes to be CSCAs, as bytes. What they are
// is judged elsewhere: many of the world's break the profile, and a list with such a one is a list all the same.

#include <vector>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"

namespace masterlist::format {

inline const asn1::Oid kCscaMasterList{"2.23.136.1.1.2"};

// The whole of each certificate, views into `der`, in the order in which they stand. DER in what is the list's own:
// version 0, one SET, nothing left over; the octets of a certificate are not looked into. Throws asn1::Malformed.
std::vector<base::ByteView> parse(base::ByteView der);

// The certificates, each once, in DER order. Not empty (ensure).
base::Bytes encode(std::vector<base::Bytes> certificates);

}  // namespace masterlist::format
