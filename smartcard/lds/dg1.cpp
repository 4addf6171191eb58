#include "pki/base/core/error.h"
#include "smartcard/lds/lds.h"

namespace lds {

namespace {
constexpr asn1::Tag kDg1 = 0x61, kMrz = 0x5F1F;
}

base::Bytes encode_dg1(std::string_view mrz90) {
  base::ensure(mrz90.size() == 90, "a TD1 MRZ has 90 characters");
  return asn1::TlvWriter{}.put(kDg1, asn1::TlvWriter{}.put(kMrz, mrz90)).take();
}

// 9303-10 §4.7.1: TD1 90, TD2 72, TD3 88 characters.
std::optional<std::string> parse_dg1(base::ByteView file) try {
  asn1::TlvReader outer{file, asn1::Lengths::Lenient};
  asn1::TlvReader inner{outer.need(kDg1), asn1::Lengths::Lenient};
  std::string mrz = base::text_of(inner.need(kMrz));
  inner.end();
  if (mrz.size() != 90 && mrz.size() != 72 && mrz.size() != 88) return std::nullopt;
  return mrz;
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

}  // namespace lds
