#pragma once
// Distinguished names (RFC 5280 §4.1.2.4) as 9303-12 Table 5 wants them: one attribute a step, countryName and
// serialNumber as PrintableString, the others as UTF8String.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"

namespace x509::format {

inline constexpr asn1::Tag kPrintableString = 0x13;
inline constexpr asn1::Tag kUtf8String = 0x0C;

struct Attribute {
  asn1::Oid type;
  asn1::Tag string_type = kUtf8String;
  std::string value;
  bool operator==(const Attribute&) const = default;
};

struct Name {
  std::vector<Attribute> attributes;
  std::vector<const Attribute*> all_of(const asn1::Oid& type) const;
  std::string text() const;  // "C=VN, O=TEST, CN=Test CSCA"
  bool operator==(const Name&) const = default;
};

// "C=VN,O=TEST,CN=Test CSCA": C, O, OU, L, ST, CN, SERIALNUMBER. A value has no comma. nullopt on anything else.
std::optional<Name> name_from_text(std::string_view text);
Name locality_name(std::string_view three_letter_code);  // DirName of the alternative names: L=VNM

base::Bytes encode(const Name& name);
Name parse_name(base::ByteView der);  // the whole SEQUENCE; throws asn1::Malformed, on multi-valued steps too

}  // namespace x509::format
