#include "pki/x509/format/extensions.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "pki/asn1/tlv.h"
#include "pki/x509/format/time.h"

namespace x509::format {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

// The one element of an extension's value.
base::ByteView only(base::ByteView value, asn1::Tag tag) {
  TlvReader outer(value);
  const base::ByteView content = outer.need(tag);
  outer.end();
  return content;
}

std::string ia5(base::ByteView content) {
  if (std::ranges::any_of(content, [](std::uint8_t octet) { return octet < 0x20 || octet > 0x7E; })) {
    throw asn1::Malformed("an IA5String has a character that cannot be printed");
  }
  return base::text_of(content);
}

// GeneralName (RFC 5280 §4.2.1.6): implicit tags, but directoryName is a CHOICE and therefore explicit.
constexpr asn1::Tag kRfc822Name = 0x81, kDnsName = 0x82, kDirectoryName = 0xA4, kUri = 0x86, kAddress = 0x87;

// iPAddress: 4 or 16 octets in network order.
base::Bytes address_octets(const std::string& text) {
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return {octets.begin(), octets.begin() + 4};
  if (::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return {octets.begin(), octets.end()};
  throw asn1::Malformed("an IP address is none");
}

std::string address_text(base::ByteView octets) {
  if (octets.size() != 4 && octets.size() != 16) throw asn1::Malformed("an IP address has 4 or 16 octets");
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text.data(), text.size());
  return text.data();
}

base::Bytes octets_of(base::ByteView view) {
  return {view.begin(), view.end()};
}

base::Bytes encode_extension(const Extension& extension) {
  TlvWriter inner;
  inner.oid(extension.id);
  if (extension.critical) inner.boolean(true);
  inner.octet_string(extension.value);
  return TlvWriter{}.sequence(inner).take();
}

Extension parse_extension(base::ByteView content) {
  TlvReader inner(content);
  Extension extension{asn1::read_oid(inner.need(0x06)), false, {}};
  if (const auto critical = inner.maybe(0x01)) {
    if (critical->size() != 1 || (*critical)[0] != 0xFF) throw asn1::Malformed("critical is written although FALSE");
    extension.critical = true;
  }
  extension.value = octets_of(inner.need(0x04));
  inner.end();
  return extension;
}

}  // namespace

base::Bytes encode_extensions(const std::vector<Extension>& extensions) {
  TlvWriter list;
  for (const Extension& extension : extensions) list.raw(encode_extension(extension));
  return TlvWriter{}.sequence(list).take();
}

std::vector<Extension> parse_extensions(base::ByteView der) {
  TlvReader list(only(der, 0x30));
  std::vector<Extension> extensions;
  while (!list.at_end()) extensions.push_back(parse_extension(list.need(0x30)));
  if (extensions.empty()) throw asn1::Malformed("the list of extensions is empty");
  return extensions;
}

base::Bytes encode_key_usage(const std::vector<KeyUse>& uses) {
  std::uint8_t bits = 0;
  unsigned last = 0;
  for (const KeyUse use : uses) {
    const auto bit = static_cast<unsigned>(use);
    bits = static_cast<std::uint8_t>(bits | 0x80U >> bit);
    last = std::max(last, bit);
  }
  // X.690 §11.2.2: named bits end with the last one that is set.
  const base::Bytes content{static_cast<std::uint8_t>(7 - last), bits};
  return TlvWriter{}.put(0x03, content).take();
}

std::vector<unsigned> parse_key_usage(base::ByteView value) {
  const base::ByteView content = only(value, 0x03);
  if (content.size() < 2 || content.size() > 3 || content[0] > 7) throw asn1::Malformed("KeyUsage is no list of bits");
  std::vector<unsigned> bits;
  for (unsigned bit = 0; bit < 8 * (content.size() - 1); ++bit) {
    if ((content[1 + bit / 8] & 0x80U >> bit % 8) != 0) bits.push_back(bit);
  }
  const auto last = static_cast<unsigned>(8 * (content.size() - 1) - 1 - content[0]);
  if (bits.empty() || bits.back() != last) throw asn1::Malformed("KeyUsage does not end with its last bit");
  return bits;
}

base::Bytes encode_ca_constraints(std::int64_t path_length) {
  return TlvWriter{}.sequence(TlvWriter{}.boolean(true).integer(path_length)).take();
}

BasicConstraints parse_basic_constraints(base::ByteView value) {
  TlvReader inner(only(value, 0x30));
  BasicConstraints out;
  if (const auto ca = inner.maybe(0x01)) {
    if (ca->size() != 1 || (*ca)[0] != 0xFF) throw asn1::Malformed("cA is written although it is FALSE");
    out.ca = true;
  }
  if (const auto length = inner.maybe(0x02)) out.path_length = asn1::read_integer(*length);
  inner.end();
  return out;
}

base::Bytes encode_subject_key_identifier(base::ByteView key_id) {
  return TlvWriter{}.octet_string(key_id).take();
}

base::Bytes parse_subject_key_identifier(base::ByteView value) {
  const base::ByteView id = only(value, 0x04);
  return {id.begin(), id.end()};
}

base::Bytes encode_authority_key_identifier(base::ByteView key_id) {
  return TlvWriter{}.sequence(TlvWriter{}.put(0x80, key_id)).take();
}

std::optional<base::Bytes> parse_authority_key_identifier(base::ByteView value) {
  TlvReader inner(only(value, 0x30));
  const auto id = inner.maybe(0x80);
  inner.maybe(0xA1);  // authorityCertIssuer and its serial number: allowed, not used
  inner.maybe(0x82);
  inner.end();
  if (!id) return std::nullopt;
  return base::Bytes(id->begin(), id->end());
}

base::Bytes encode_usage_period(const UsagePeriod& period) {
  TlvWriter inner;
  if (period.not_before) inner.put(0x80, generalized_time_text(*period.not_before));
  if (period.not_after) inner.put(0x81, generalized_time_text(*period.not_after));
  return TlvWriter{}.sequence(inner).take();
}

UsagePeriod parse_usage_period(base::ByteView value) {
  TlvReader inner(only(value, 0x30));
  UsagePeriod period;
  if (const auto from = inner.maybe(0x80)) period.not_before = parse_generalized_time(*from);
  if (const auto to = inner.maybe(0x81)) period.not_after = parse_generalized_time(*to);
  inner.end();
  if (!period.not_before && !period.not_after) throw asn1::Malformed("PrivateKeyUsagePeriod is empty");
  return period;
}

base::Bytes encode_alternative_names(const std::vector<AlternativeName>& names) {
  using Kind = AlternativeName::Kind;
  TlvWriter inner;
  for (const AlternativeName& name : names) {
    if (name.kind == Kind::Directory) {
      inner.put(kDirectoryName, encode(name.directory));
    } else if (name.kind == Kind::Address) {
      inner.put(kAddress, address_octets(name.text));
    } else {
      inner.put(name.kind == Kind::Email ? kRfc822Name : name.kind == Kind::Dns ? kDnsName : kUri, name.text);
    }
  }
  return TlvWriter{}.sequence(inner).take();
}

std::vector<AlternativeName> parse_alternative_names(base::ByteView value) {
  using Kind = AlternativeName::Kind;
  std::vector<AlternativeName> names;
  for (TlvReader inner(only(value, 0x30)); !inner.at_end();) {
    const asn1::Tlv name = inner.next();
    if (name.tag == kDirectoryName) {
      names.push_back({Kind::Directory, {}, parse_name(name.value)});
    } else if (name.tag == kAddress) {
      names.push_back({Kind::Address, address_text(name.value), {}});
    } else if (name.tag == kRfc822Name || name.tag == kDnsName || name.tag == kUri) {
      names.push_back({name.tag == kRfc822Name ? Kind::Email
                       : name.tag == kDnsName  ? Kind::Dns
                                               : Kind::Uri,
                       ia5(name.value),
                       {}});
    } else {
      throw asn1::Malformed("an alternative name is of a kind that no certificate of ours uses");
    }
  }
  if (names.empty()) throw asn1::Malformed("an alternative name is empty");
  return names;
}

base::Bytes encode_extended_key_usage(const std::vector<asn1::Oid>& purposes) {
  TlvWriter inner;
  for (const asn1::Oid& purpose : purposes) inner.oid(purpose);
  return TlvWriter{}.sequence(inner).take();
}

std::vector<asn1::Oid> parse_extended_key_usage(base::ByteView value) {
  std::vector<asn1::Oid> purposes;
  for (TlvReader inner(only(value, 0x30)); !inner.at_end();) {
    const base::ByteView purpose = inner.need(0x06);
    if (!asn1::is_valid_oid_content(purpose)) throw asn1::Malformed("a purpose is no OID");
    purposes.push_back(asn1::Oid::from_content(purpose));
  }
  if (purposes.empty()) throw asn1::Malformed("ExtKeyUsage is empty");
  return purposes;
}

base::Bytes encode_crl_distribution_points(const std::vector<std::string>& urls) {
  TlvWriter points;
  for (const std::string& url : urls) {
    // DistributionPoint { distributionPoint [0] { fullName [0] { uniformResourceIdentifier } } }
    const TlvWriter full_name = std::move(TlvWriter{}.put(kUri, url));
    points.sequence(TlvWriter{}.put(0xA0, TlvWriter{}.put(0xA0, full_name)));
  }
  return TlvWriter{}.sequence(points).take();
}

std::vector<std::string> parse_crl_distribution_points(base::ByteView value) {
  std::vector<std::string> urls;
  for (TlvReader points(only(value, 0x30)); !points.at_end();) {
    TlvReader point(points.need(0x30));
    TlvReader name(point.need(0xA0));
    point.end();  // neither reasons [1] nor cRLIssuer [2]
    TlvReader full_name(name.need(0xA0));
    name.end();
    do urls.push_back(ia5(full_name.need(kUri)));
    while (!full_name.at_end());
  }
  if (urls.empty()) throw asn1::Malformed("CRLDistributionPoints is empty");
  return urls;
}

base::Bytes encode_document_types(const std::vector<std::string>& types) {
  std::vector<base::Bytes> elements;
  for (const std::string& type : types) elements.push_back(TlvWriter{}.printable_string(type).take());
  return TlvWriter{}.sequence(TlvWriter{}.integer(0).set_of(elements)).take();
}

std::vector<std::string> parse_document_types(base::ByteView value) {
  TlvReader inner(only(value, 0x30));
  if (asn1::read_integer(inner.need(0x02)) != 0) throw asn1::Malformed("documentTypeList is of an unknown version");
  TlvReader set(inner.need(0x31));
  inner.end();
  std::vector<std::string> types;
  base::Bytes before;
  while (!set.at_end()) {
    const asn1::Tlv type = set.need_whole(0x13);
    if (type.value.empty() || type.value.size() > 2) throw asn1::Malformed("a document type has one or two characters");
    const base::Bytes whole(type.whole.begin(), type.whole.end());
    if (whole < before) throw asn1::Malformed("the document types are not in DER order");
    before = whole;
    types.push_back(asn1::read_printable_string(type.value));
  }
  return types;
}

}  // namespace x509::format
