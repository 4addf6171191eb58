#include "smartcard/lds/lds.h"

namespace lds {

namespace {
constexpr asn1::Tag kDg15 = 0x6F, kSequence = 0x30;
}

base::Bytes encode_dg15(base::ByteView subject_public_key_info) {
  return asn1::TlvWriter{}.put(kDg15, subject_public_key_info).take();
}

std::optional<base::Bytes> parse_dg15(base::ByteView file) try {
  asn1::TlvReader outer{file, asn1::Lengths::Lenient};
  asn1::TlvReader inner{outer.need(kDg15), asn1::Lengths::Lenient};
  const asn1::Tlv key = inner.need_whole(kSequence);
  inner.end();
  return base::Bytes(key.whole.begin(), key.whole.end());
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

}  // namespace lds
