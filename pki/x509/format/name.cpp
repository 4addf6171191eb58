#include "pki/x509/format/name.h"

#include <array>
#include <utility>

#include "pki/x509/format/oids.h"

namespace x509::format {

namespace {

const std::array<std::pair<std::string_view, asn1::Oid>, 7>& short_names() {
  static const std::array<std::pair<std::string_view, asn1::Oid>, 7> kNames{{{"C", oid::kCountryName},
                                                                             {"O", oid::kOrganizationName},
                                                                             {"OU", oid::kOrganizationalUnitName},
                                                                             {"L", oid::kLocalityName},
                                                                             {"ST", oid::kStateOrProvinceName},
                                                                             {"CN", oid::kCommonName},
                                                                             {"SERIALNUMBER", oid::kSerialNumber}}};
  return kNames;
}

// 9303-12 Table 5: countryName and serialNumber are PrintableString, the rest PrintableString or UTF8String.
asn1::Tag string_type_of(const asn1::Oid& type) {
  return type == oid::kCountryName || type == oid::kSerialNumber ? kPrintableString : kUtf8String;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::optional<Attribute> attribute_from_text(std::string_view part) {
  const auto equals = part.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = trim(part.substr(0, equals));
  const std::string_view value = trim(part.substr(equals + 1));
  if (value.empty()) return std::nullopt;
  for (const auto& [name, type] : short_names()) {
    if (name != key) continue;
    try {
      asn1::read_utf8_string(base::view_of(value));
      if (string_type_of(type) == kPrintableString) asn1::read_printable_string(base::view_of(value));
    } catch (const asn1::Malformed&) {
      return std::nullopt;
    }
    return Attribute{type, string_type_of(type), std::string(value)};
  }
  return std::nullopt;
}

std::string key_text(const asn1::Oid& type) {
  for (const auto& [name, known] : short_names()) {
    if (known == type) return std::string(name);
  }
  return type.dotted();
}

}  // namespace

std::vector<const Attribute*> Name::all_of(const asn1::Oid& type) const {
  std::vector<const Attribute*> found;
  for (const Attribute& attribute : attributes) {
    if (attribute.type == type) found.push_back(&attribute);
  }
  return found;
}

std::string Name::text() const {
  std::string out;
  for (const Attribute& attribute : attributes) {
    if (!out.empty()) out += ", ";
    out += key_text(attribute.type) + "=" + attribute.value;
  }
  return out;
}

std::optional<Name> name_from_text(std::string_view text) {
  Name name;
  for (;;) {
    const auto comma = text.find(',');
    auto attribute = attribute_from_text(text.substr(0, comma));
    if (!attribute) return std::nullopt;
    name.attributes.push_back(std::move(*attribute));
    if (comma == std::string_view::npos) return name;
    text.remove_prefix(comma + 1);
  }
}

Name locality_name(std::string_view three_letter_code) {
  return Name{{{oid::kLocalityName, kUtf8String, std::string(three_letter_code)}}};
}

base::Bytes encode(const Name& name) {
  asn1::TlvWriter steps;
  for (const Attribute& attribute : name.attributes) {
    asn1::TlvWriter pair;
    pair.oid(attribute.type).put(attribute.string_type, attribute.value);
    steps.set_of({asn1::TlvWriter{}.sequence(pair).take()});
  }
  return asn1::TlvWriter{}.sequence(steps).take();
}

Name parse_name(base::ByteView der) {
  asn1::TlvReader outer(der);
  asn1::TlvReader steps(outer.need(0x30));
  outer.end();
  Name name;
  while (!steps.at_end()) {
    asn1::TlvReader step(steps.need(0x31));
    asn1::TlvReader pair(step.need(0x30));
    step.end();
    const asn1::Oid type = asn1::read_oid(pair.need(0x06));
    const asn1::Tlv value = pair.next();
    pair.end();
    if (value.tag == kPrintableString) asn1::read_printable_string(value.value);
    if (value.tag == kUtf8String) asn1::read_utf8_string(value.value);
    name.attributes.push_back({type, value.tag, base::text_of(value.value)});
  }
  return name;
}

}  // namespace x509::format
