#include "smartcard/lds/biometric_template.h"

#include "pki/base/core/error.h"

namespace lds {

namespace {

using asn1::Lengths;
using asn1::TlvReader;
using asn1::TlvWriter;

constexpr asn1::Tag kGroup = 0x7F61, kCount = 0x02, kTemplate = 0x7F60, kHeader = 0xA1, kRandom = 0x53;
constexpr asn1::Tag kBlock = 0x5F2E, kConstructedBlock = 0x7F2E, kStandardized = 0xA1;

std::optional<base::ByteView> read_header(base::ByteView content) {
  std::optional<base::ByteView> subtype;
  bool owner = false, type = false;
  TlvReader header{content, Lengths::Lenient};
  while (!header.at_end()) {
    const asn1::Tlv element = header.next();
    if (element.tag == 0x82) subtype = element.value;
    owner |= element.tag == 0x87;
    type |= element.tag == 0x88;
  }
  if (!owner || !type) throw asn1::Malformed("the header lacks format owner or type");
  return subtype;
}

BiometricBlock read_template(base::ByteView content) {
  TlvReader information{content, Lengths::Lenient};
  BiometricBlock block;
  block.subtype = read_header(information.need(kHeader));
  if (const auto record = information.maybe(kBlock)) {
    block.record = *record;
  } else {
    TlvReader constructed{information.need(kConstructedBlock), Lengths::Lenient};
    block.record = constructed.need(kStandardized);
    block.iso39794 = true;
    constructed.end();
  }
  information.end();
  return block;
}

}  // namespace

BiometricGroup read_biometric_group(base::ByteView file, asn1::Tag outer, int most) {
  TlvReader whole{file, Lengths::Lenient};
  TlvReader content{whole.need(outer), Lengths::Lenient};
  TlvReader group{content.need(kGroup), Lengths::Lenient};
  const auto count = asn1::read_integer(group.need(kCount));
  if (count < 0 || count > most) throw asn1::Malformed("the number of biometric templates is out of range");
  BiometricGroup read;
  for (std::int64_t i = 0; i < count; ++i) read.blocks.push_back(read_template(group.need(kTemplate)));
  group.end();
  if (count == 0) read.random = content.maybe(kRandom);
  content.end();
  return read;
}

base::Bytes write_biometric_group(asn1::Tag outer, const std::vector<BiometricRecord>& records, base::ByteView random) {
  base::ensure(random.empty() || records.empty(), "only an empty biometric group carries a random number");
  TlvWriter group;
  group.put(kCount, base::Bytes{static_cast<std::uint8_t>(records.size())});
  for (const BiometricRecord& one : records) {
    TlvWriter header;  // 9303-10 Table 44
    header.put(0x81, base::Bytes{one.type})
        .put(0x82, base::Bytes{one.subtype})
        .put(0x87, base::hex("0101"))
        .put(0x88, base::Bytes{static_cast<std::uint8_t>(one.format >> 8), static_cast<std::uint8_t>(one.format)});
    TlvWriter information;
    information.put(kHeader, header);
    if (one.iso39794) information.put(kConstructedBlock, TlvWriter{}.put(kStandardized, one.record));
    if (!one.iso39794) information.put(kBlock, one.record);
    group.put(kTemplate, information);
  }
  TlvWriter content;
  content.put(kGroup, group);
  if (!random.empty()) content.put(kRandom, random);
  return TlvWriter{}.put(outer, content).take();
}

}  // namespace lds
