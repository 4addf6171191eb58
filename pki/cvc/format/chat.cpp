#include "pki/cvc/format/chat.h"

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/fields.h"

namespace cvc::format {

namespace {

constexpr std::uint8_t kRoleBits = 0xC0, kIris = 0x02, kFingerprints = 0x01;

std::uint8_t rights_octet(const Chat& chat, std::size_t at) {
  if (at >= chat.bits.size()) return 0;
  return at == 0 ? static_cast<std::uint8_t>(chat.bits[0] & ~kRoleBits) : chat.bits[at];
}

}  // namespace

Rights Chat::rights() const {
  if (terminal_type != kInspectionSystem) return {};
  return {(bits.front() & kFingerprints) != 0, (bits.front() & kIris) != 0};
}

Chat inspection_chat(Role role, Rights rights) {
  const int octet = static_cast<int>(role) | (rights.fingerprints ? kFingerprints : 0) | (rights.iris ? kIris : 0);
  return {kInspectionSystem, {static_cast<std::uint8_t>(octet)}};
}

std::string role_name(Role role) {
  switch (role) {
    case Role::Cvca:
      return "CVCA";
    case Role::DomesticDv:
      return "domestic DV";
    case Role::ForeignDv:
      return "foreign DV";
    case Role::Terminal:
      return "terminal";
  }
  base::ensure(false, "two bits are one of four roles");
  return {};
}

bool wider(const Chat& a, const Chat& b) {
  for (std::size_t at = 0; at < a.bits.size(); ++at) {
    if ((rights_octet(a, at) & ~rights_octet(b, at)) != 0) return true;
  }
  return false;
}

Chat both(const Chat& a, const Chat& b) {
  Chat out = a;
  for (std::size_t at = 0; at < out.bits.size(); ++at) {
    const auto kept = static_cast<std::uint8_t>(rights_octet(a, at) & rights_octet(b, at));
    out.bits[at] = at == 0 ? static_cast<std::uint8_t>((a.bits[0] & kRoleBits) | kept) : kept;
  }
  return out;
}

Chat parse_chat(base::ByteView content) {
  asn1::TlvReader reader(content);
  Chat chat{asn1::read_oid(reader.need(tag::kOid)), {}};
  const base::ByteView bits = reader.need(tag::kDiscretionaryData);
  reader.end();
  if (bits.empty()) throw asn1::Malformed("an authorization template has no bits");
  if (chat.terminal_type == kInspectionSystem && bits.size() != 1) {
    throw asn1::Malformed("an inspection system's authorization is one octet");
  }
  chat.bits.assign(bits.begin(), bits.end());
  return chat;
}

base::Bytes encode(const Chat& chat) {
  asn1::TlvWriter inner;
  inner.oid(chat.terminal_type).put(tag::kDiscretionaryData, chat.bits);
  return asn1::TlvWriter{}.put(tag::kChat, inner).take();
}

}  // namespace cvc::format
