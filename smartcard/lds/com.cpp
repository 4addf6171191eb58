#include "pki/base/core/error.h"
#include "smartcard/lds/lds.h"

namespace lds {

namespace {
constexpr asn1::Tag kCom = 0x60, kLdsVersion = 0x5F01, kUnicodeVersion = 0x5F36, kTagList = 0x5C;
}

base::Bytes encode_com(const std::vector<int>& data_groups, std::string_view lds_version,
                       std::string_view unicode_version) {
  base::Bytes tags;
  for (const int number : data_groups) {
    const FileInfo* group = data_group(number);
    base::ensure(group != nullptr, "a data group lies between 1 and 16");
    tags.push_back(static_cast<std::uint8_t>(group->tag));
  }
  asn1::TlvWriter inner;
  inner.put(kLdsVersion, lds_version).put(kUnicodeVersion, unicode_version).put(kTagList, tags);
  return asn1::TlvWriter{}.put(kCom, inner).take();
}

std::optional<Com> parse_com(base::ByteView file) try {
  asn1::TlvReader outer{file, asn1::Lengths::Lenient};
  asn1::TlvReader inner{outer.need(kCom), asn1::Lengths::Lenient};
  Com com;
  com.lds_version = base::text_of(inner.need(kLdsVersion));
  com.unicode_version = base::text_of(inner.need(kUnicodeVersion));
  for (const std::uint8_t tag : inner.need(kTagList)) com.tags.push_back(tag);
  inner.end();
  return com;
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

}  // namespace lds
