#include "smartcard/lds/security_infos.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"

namespace lds {

namespace {

constexpr asn1::Tag kSet = 0x31, kSequence = 0x30, kOid = 0x06, kInteger = 0x02, kOctets = 0x04, kDg14 = 0x6E;

// Arcs of TR-03110-3 A.1: bsi-de protocols smartcard.
const base::Bytes kSmartcard = base::hex("04007F00070202");
constexpr std::uint8_t kPublicKeyArc = 1, kChipArc = 3, kPaceArc = 4;
const asn1::Oid kTerminalAuthentication{"0.4.0.127.0.7.2.2.2"};
const asn1::Oid kActiveAuthentication{"2.23.136.1.1.5"};

struct MappingArc {
  std::uint8_t arc;
  Agreement agreement;
  Mapping mapping;
};
// §9.2.1: there is no chip authentication mapping over MODP groups.
constexpr std::array kMappings{
    MappingArc{1, Agreement::Dh, Mapping::Generic}, MappingArc{2, Agreement::Ecdh, Mapping::Generic},
    MappingArc{3, Agreement::Dh, Mapping::Integrated}, MappingArc{4, Agreement::Ecdh, Mapping::Integrated},
    MappingArc{6, Agreement::Ecdh, Mapping::ChipAuthentication}};

const MappingArc* mapping_with(std::uint8_t arc) {
  const auto* const found = std::ranges::find(kMappings, arc, &MappingArc::arc);
  return found == kMappings.end() ? nullptr : found;
}

std::optional<Cipher> cipher_with(std::uint8_t arc) {
  if (arc < 1 || arc > 4) return std::nullopt;
  return static_cast<Cipher>(arc - 1);
}

std::uint8_t cipher_arc(Cipher cipher) {
  return static_cast<std::uint8_t>(static_cast<int>(cipher) + 1);
}

asn1::Oid smartcard_oid(std::initializer_list<std::uint8_t> arcs) {
  return asn1::Oid::from_content(base::concat({kSmartcard, base::Bytes(arcs)}));
}

// The arcs behind bsi-de protocols smartcard; empty for another identifier. None of them is above 127.
base::ByteView arcs_of(const asn1::Oid& oid) {
  const base::ByteView content = oid.content();
  if (content.size() <= kSmartcard.size() || !base::equal(content.first(kSmartcard.size()), kSmartcard)) return {};
  return content.subspan(kSmartcard.size());
}

// One SecurityInfo being read: its members behind the protocol.
class Members {
 public:
  explicit Members(base::ByteView content) : reader_(content, asn1::Lengths::Lenient) {}
  asn1::Oid oid() { return asn1::read_oid(reader_.need(kOid)); }
  int version() {
    const std::int64_t value = number();
    if (value < 0 || value > 127) throw asn1::Malformed("a version out of all bounds");
    return static_cast<int>(value);
  }
  std::int64_t number() { return asn1::read_integer(reader_.need(kInteger)); }
  std::optional<std::int64_t> maybe_number() {
    const auto content = reader_.maybe(kInteger);
    return content ? std::optional(asn1::read_integer(*content)) : std::nullopt;
  }
  base::Bytes sequence() {
    const base::ByteView whole = reader_.need_whole(kSequence).whole;
    return {whole.begin(), whole.end()};
  }
  std::optional<base::ByteView> maybe_sequence() { return reader_.maybe(kSequence); }
  void end() const { reader_.end(); }
  bool had_long_lengths() const { return reader_.had_long_lengths(); }

 private:
  asn1::TlvReader reader_;
};

// ChipAuthenticationPublicKeyInfo or ChipAuthenticationDomainParameterInfo.
template <class Info>
Info read_chip_info(Agreement agreement, Members& members) {
  Info info{agreement, members.sequence(), members.maybe_number()};
  members.end();
  return info;
}

// FileID ::= SEQUENCE { fid OCTET STRING (SIZE(2)), sfid OCTET STRING (SIZE(1)) OPTIONAL }
TerminalAuthenticationInfo read_terminal_authentication(Members& members) {
  TerminalAuthenticationInfo info{members.version(), std::nullopt, std::nullopt};
  if (const auto file = members.maybe_sequence()) {
    asn1::TlvReader reader(*file, asn1::Lengths::Lenient);
    const base::ByteView id = reader.need(kOctets);
    if (id.size() != 2) throw asn1::Malformed("a file identifier has two octets");
    info.cvca_file = static_cast<std::uint16_t>(id[0] << 8 | id[1]);
    if (const auto short_id = reader.maybe(kOctets)) {
      if (short_id->size() != 1) throw asn1::Malformed("a short file identifier has one octet");
      info.cvca_short_id = (*short_id)[0];
    }
    reader.end();
  }
  members.end();
  return info;
}

// Whether the protocol is one of bsi-de's that a clause here describes; then it is in `out`.
bool read_smartcard_protocol(const asn1::Oid& protocol, Members& members, SecurityInfos& out) {
  const base::ByteView arcs = arcs_of(protocol);
  if (arcs.empty()) return false;
  if (auto pace = pace_of(protocol)) {
    pace->version = members.version();
    pace->parameter_id = members.maybe_number();
    members.end();
    out.pace.push_back(*pace);
    return true;
  }
  if (arcs.size() == 2 && arcs[0] == kPaceArc && mapping_with(arcs[1]) != nullptr) {
    out.pace_parameters.push_back({protocol, members.sequence(), members.maybe_number()});
    members.end();
    return true;
  }
  if (auto chip = chip_authentication_of(protocol)) {
    chip->version = members.version();
    chip->key_id = members.maybe_number();
    members.end();
    out.chip_authentication.push_back(*chip);
    return true;
  }
  if (arcs.size() == 2 && (arcs[1] == 1 || arcs[1] == 2)) {
    const Agreement agreement = arcs[1] == 1 ? Agreement::Dh : Agreement::Ecdh;
    if (arcs[0] == kPublicKeyArc) {
      out.chip_keys.push_back(read_chip_info<ChipAuthenticationPublicKeyInfo>(agreement, members));
      return true;
    }
    if (arcs[0] == kChipArc) {
      out.chip_parameters.push_back(read_chip_info<ChipAuthenticationDomainParameterInfo>(agreement, members));
      return true;
    }
  }
  if (protocol == kTerminalAuthentication) {
    out.terminal_authentication.push_back(read_terminal_authentication(members));
    return true;
  }
  return false;
}

// Whether anything in it was longer than DER has it.
bool read_info(const asn1::Tlv& element, SecurityInfos& out) {
  Members members(element.value);
  const asn1::Oid protocol = members.oid();
  if (protocol == kActiveAuthentication) {
    const int version = members.version();
    out.active_authentication.push_back({version, members.oid()});
    members.end();
  } else if (!read_smartcard_protocol(protocol, members, out)) {
    out.others.push_back({protocol, {element.whole.begin(), element.whole.end()}});
  }
  return members.had_long_lengths();
}

base::Bytes info_with(const asn1::Oid& protocol, const asn1::TlvWriter& members) {
  asn1::TlvWriter content;
  content.oid(protocol).raw(members.view());
  return asn1::TlvWriter{}.sequence(content).take();
}

base::Bytes info_with(const asn1::Oid& protocol, int version, const std::optional<std::int64_t>& number) {
  asn1::TlvWriter members;
  members.integer(version);
  if (number) members.integer(*number);
  return info_with(protocol, members);
}

base::Bytes info_with(const asn1::Oid& protocol, base::ByteView value, const std::optional<std::int64_t>& number) {
  asn1::TlvWriter members;
  members.raw(value);
  if (number) members.integer(*number);
  return info_with(protocol, members);
}

base::Bytes encode(const TerminalAuthenticationInfo& info) {
  asn1::TlvWriter members;
  members.integer(info.version);
  if (info.cvca_file) {
    asn1::TlvWriter file;
    file.octet_string(
        base::Bytes{static_cast<std::uint8_t>(*info.cvca_file >> 8), static_cast<std::uint8_t>(*info.cvca_file)});
    if (info.cvca_short_id) file.octet_string(base::Bytes{*info.cvca_short_id});
    members.sequence(file);
  }
  return info_with(kTerminalAuthentication, members);
}

void malformed(base::Findings& findings, std::string_view where, std::string_view why) {
  findings.fail("SECURITY_INFOS_MALFORMED", std::string(where),
                fmt::format("The security infos are malformed: {}.", why));
}

}  // namespace

asn1::Oid pace_protocol(const PaceInfo& info) {
  const auto* const found = std::ranges::find_if(
      kMappings, [&](const MappingArc& row) { return row.agreement == info.agreement && row.mapping == info.mapping; });
  base::ensure(found != kMappings.end(), "chip authentication mapping is over an elliptic curve");
  return smartcard_oid({kPaceArc, found->arc, cipher_arc(info.cipher)});
}

std::optional<PaceInfo> pace_of(const asn1::Oid& protocol) {
  const base::ByteView arcs = arcs_of(protocol);
  if (arcs.size() != 3 || arcs[0] != kPaceArc) return std::nullopt;
  const MappingArc* const mapping = mapping_with(arcs[1]);
  const auto cipher = cipher_with(arcs[2]);
  if (mapping == nullptr || !cipher) return std::nullopt;
  if (mapping->mapping == Mapping::ChipAuthentication && *cipher == Cipher::TripleDes) return std::nullopt;
  return PaceInfo{mapping->agreement, mapping->mapping, *cipher, 2, std::nullopt};
}

asn1::Oid chip_authentication_protocol(const ChipAuthenticationInfo& info) {
  const auto agreement = static_cast<std::uint8_t>(info.agreement == Agreement::Dh ? 1 : 2);
  return smartcard_oid({kChipArc, agreement, cipher_arc(info.cipher)});
}

std::optional<ChipAuthenticationInfo> chip_authentication_of(const asn1::Oid& protocol) {
  const base::ByteView arcs = arcs_of(protocol);
  if (arcs.size() != 3 || arcs[0] != kChipArc || arcs[1] < 1 || arcs[1] > 2) return std::nullopt;
  const auto cipher = cipher_with(arcs[2]);
  if (!cipher) return std::nullopt;
  return ChipAuthenticationInfo{arcs[1] == 1 ? Agreement::Dh : Agreement::Ecdh, *cipher, 1, std::nullopt};
}

base::Bytes encode_security_infos(const SecurityInfos& infos) {
  std::vector<base::Bytes> elements;
  for (const auto& info : infos.pace) {
    elements.push_back(info_with(pace_protocol(info), info.version, info.parameter_id));
  }
  for (const auto& info : infos.pace_parameters) {
    elements.push_back(info_with(info.protocol, info.domain_parameter, info.parameter_id));
  }
  for (const auto& info : infos.chip_authentication) {
    elements.push_back(info_with(chip_authentication_protocol(info), info.version, info.key_id));
  }
  for (const auto& info : infos.chip_parameters) {
    const std::uint8_t agreement = info.agreement == Agreement::Dh ? 1 : 2;
    elements.push_back(info_with(smartcard_oid({kChipArc, agreement}), info.domain_parameter, info.key_id));
  }
  for (const auto& info : infos.chip_keys) {
    const std::uint8_t agreement = info.agreement == Agreement::Dh ? 1 : 2;
    elements.push_back(info_with(smartcard_oid({kPublicKeyArc, agreement}), info.public_key, info.key_id));
  }
  for (const auto& info : infos.terminal_authentication) elements.push_back(encode(info));
  for (const auto& info : infos.active_authentication) {
    asn1::TlvWriter members;
    members.integer(info.version).oid(info.signature_algorithm);
    elements.push_back(info_with(kActiveAuthentication, members));
  }
  for (const auto& info : infos.others) elements.push_back(info.whole);
  return asn1::TlvWriter{}.set_of(std::move(elements)).take();
}

base::Bytes encode_dg14(const SecurityInfos& infos) {
  return asn1::TlvWriter{}.put(kDg14, encode_security_infos(infos)).take();
}

SecurityInfosReading parse_security_infos(base::ByteView set, std::string_view where) {
  SecurityInfosReading reading;
  std::vector<asn1::Tlv> elements;
  bool der = true;
  try {
    asn1::TlvReader outer(set, asn1::Lengths::Lenient);
    asn1::TlvReader inner(outer.need(kSet), asn1::Lengths::Lenient);
    outer.end();
    while (!inner.at_end()) elements.push_back(inner.need_whole(kSequence));
    der = !outer.had_long_lengths() && !inner.had_long_lengths();
  } catch (const asn1::Malformed& error) {
    malformed(reading.findings, where, error.what());
    return reading;
  }
  reading.infos.emplace();
  for (const asn1::Tlv& element : elements) {
    try {
      der = !read_info(element, *reading.infos) && der;
    } catch (const asn1::Malformed& error) {
      malformed(reading.findings, where, error.what());
    }
  }
  der = der && std::ranges::is_sorted(elements, [](const asn1::Tlv& a, const asn1::Tlv& b) {
          return std::ranges::lexicographical_compare(a.whole, b.whole);
        });
  if (!der) {
    reading.findings.warn("SECURITY_INFOS_NOT_DER", std::string(where),
                          "The security infos are not in the order, or not in the lengths, that DER demands.");
  }
  return reading;
}

SecurityInfosReading parse_card_access(base::ByteView file) {
  return parse_security_infos(file, "EF.CardAccess");
}

SecurityInfosReading parse_dg14(base::ByteView file) try {
  asn1::TlvReader outer(file, asn1::Lengths::Lenient);
  const base::ByteView set = outer.need(kDg14);
  outer.end();
  return parse_security_infos(set, "EF.DG14");
} catch (const asn1::Malformed& error) {
  SecurityInfosReading reading;
  malformed(reading.findings, "EF.DG14", error.what());
  return reading;
}

base::Findings compare_pace_infos(const SecurityInfos& card_access, const SecurityInfos& signed_infos,
                                  std::string_view signed_where) {
  base::Findings findings;
  const bool invented = std::ranges::any_of(card_access.pace, [&](const PaceInfo& info) {
    return std::ranges::find(signed_infos.pace, info) == signed_infos.pace.end();
  });
  const bool invented_parameters =
      std::ranges::any_of(card_access.pace_parameters, [&](const PaceDomainParameterInfo& info) {
        return std::ranges::find(signed_infos.pace_parameters, info) == signed_infos.pace_parameters.end();
      });
  const bool hidden = std::ranges::any_of(signed_infos.pace, [&](const PaceInfo& info) {
    return std::ranges::find(card_access.pace, info) == card_access.pace.end();
  });
  if (invented || invented_parameters || hidden) {
    findings.fail("PACE_DOWNGRADE", "EF.CardAccess",
                  fmt::format("The chip {} other access protocols than {} was signed with.",
                              hidden && !invented ? "hides some and so offers" : "offers", signed_where));
  }
  return findings;
}

}  // namespace lds
