#pragma once
// Times in certificates: UTCTime through 2049, GeneralizedTime from 2050, seconds present, ending in Z (RFC 5280
// §4.1.2.5, 9303-12 Table 5).

#include "pki/asn1/tlv.h"
#include "pki/base/core/clock.h"

namespace x509::format {

base::Bytes encode_time(base::Moment moment);              // whole element
base::Bytes generalized_time_text(base::Moment moment);    // YYYYMMDDHHMMSSZ, content only
base::Moment parse_time(const asn1::Tlv& element);         // throws asn1::Malformed, on the wrong one of the two too
base::Moment parse_generalized_time(base::ByteView text);  // throws asn1::Malformed

}  // namespace x509::format
