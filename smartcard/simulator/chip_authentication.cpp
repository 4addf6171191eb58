#include <algorithm>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

// bsi-de protocols(2) smartcard(2) CA(3); then 1 DH or 2 ECDH, and the cipher.
const base::Bytes kChipAuthentication = base::hex("04007F0007020203");
constexpr std::uint16_t kDg14 = 0x010E;

// Whether EF.DG14 lists the protocol. A chip without the file serves every cipher.
bool is_listed(const State& state, base::ByteView protocol) {
  const auto file = state.files.find(kDg14);
  if (file == state.files.end()) return true;
  try {
    asn1::TlvReader outer(file->second);
    asn1::TlvReader dg14(outer.need(0x6E));
    for (asn1::TlvReader set(dg14.need(0x31)); !set.at_end();) {
      asn1::TlvReader info(set.need(0x30));
      if (base::equal(info.need(0x06), protocol)) return true;
    }
  } catch (const asn1::Malformed&) {
    return false;
  }
  return false;
}

}  // namespace

apdu::StatusWord ChipAuthentication::choose(base::ByteView protocol, std::optional<base::ByteView> key_id) {
  key_ = nullptr;
  const std::size_t stem = kChipAuthentication.size();
  if (protocol.size() != stem + 2 || !base::equal(protocol.first(stem), kChipAuthentication)) return kWrongData;
  const std::uint8_t cipher = protocol[stem + 1];
  if (cipher < 1 || cipher > 4 || protocol[stem] < 1 || protocol[stem] > 2) return kWrongData;
  if (!is_listed(**memory_, protocol)) return kWrongData;
  if (key_id && key_id->size() != 1) return kWrongData;
  const auto& keys = (*memory_)->chip_keys;
  if (!key_id && keys.size() != 1) return kReferenceNotFound;
  const auto found = key_id ? std::ranges::find(keys, key_id->front(), &ChipKey::id) : keys.begin();
  if (found == keys.end()) return kReferenceNotFound;
  if ((found->parameters >= 8) != (protocol[stem] == 2)) return kWrongData;
  key_ = &*found;
  suite_ = static_cast<Suite>(cipher);
  return kDone;
}

apdu::StatusWord ChipAuthentication::set_at(base::ByteView data) {
  key_ = nullptr;
  try {
    asn1::TlvReader in(data);
    const base::ByteView protocol = in.need(0x80);
    const auto key_id = in.maybe(0x84);
    in.end();
    return choose(protocol, key_id);
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
}

apdu::StatusWord ChipAuthentication::set_kat(base::ByteView data) {
  key_ = nullptr;
  try {
    asn1::TlvReader in(data);
    const base::ByteView public_key = in.need(0x91);
    const auto key_id = in.maybe(0x84);
    in.end();
    base::Bytes protocol = kChipAuthentication;
    const bool elliptic = !(*memory_)->chip_keys.empty() && (*memory_)->chip_keys.front().parameters >= 8;
    base::append(protocol, base::Bytes{elliptic ? std::uint8_t{2} : std::uint8_t{1}, 1});
    if (const apdu::StatusWord sw = choose(protocol, key_id); !sw.ok()) return sw;
    const bool agreed = agree(public_key);
    key_ = nullptr;
    return agreed ? kDone : kWrongData;
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
}

apdu::Response ChipAuthentication::general_authenticate(const apdu::Command& command) {
  if (key_ == nullptr) return answer(kConditionsNotSatisfied);
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  bool agreed = false;
  try {
    asn1::TlvReader in(command.data);
    asn1::TlvReader dynamic(in.need(0x7C));
    in.end();
    const base::ByteView public_key = dynamic.need(0x80);
    dynamic.end();
    agreed = agree(public_key);
  } catch (const asn1::Malformed&) {
    agreed = false;
  }
  key_ = nullptr;
  if (!agreed) return answer(kWrongData);
  return {base::Bytes{0x7C, 0x00}, kDone};
}

bool ChipAuthentication::agree(base::ByteView public_key) {
  const auto group = Group::standardized(key_->parameters);
  if (!group || !group->is_public_key(public_key)) return false;
  ++memory_->effort().agreements;
  const base::Bytes element = group->multiply(public_key, key_->secret.reveal(), *random_);
  if (element.empty()) return false;
  const base::Secret shared(group->secret_of(element));
  success_ =
      ChipAuthenticationSuccess{SecureMessaging::derived(suite_, shared.reveal()), group->compressed(public_key)};
  return true;
}

}  // namespace simulator
