#include <algorithm>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

// bsi-de protocols(2) smartcard(2) CA(3); then 1 DH or 2 ECDH, and the cipher.
const base::Bytes kChipAuthentication = base::hex("04007F0007020203");
constexpr std::uint16_t kDg14 = 0x010E;

constexpr std::uint16_t kCardAccess = 0x011C;
constexpr std::size_t kNonceSize = 8;

// Whether the SecurityInfos list the protocol, in this version when one is asked for. Throws asn1::Malformed.
bool is_listed(asn1::TlvReader&& infos, base::ByteView protocol, std::optional<std::int64_t> version) {
  for (asn1::TlvReader set(infos.need(0x31)); !set.at_end();) {
    asn1::TlvReader info(set.need(0x30));
    if (!base::equal(info.need(0x06), protocol)) continue;
    if (!version || asn1::read_integer(info.need(0x02)) == *version) return true;
  }
  return false;
}

}  // namespace

// Version 1: EF.DG14 lists it; a chip without the file serves every cipher. Version 2: EF.CardAccess does.
bool ChipAuthentication::is_offered(base::ByteView protocol) const try {
  const State& state = **memory_;
  if (!named_key_.empty()) {
    const auto file = state.master_files.find(kCardAccess);
    return file != state.master_files.end() && is_listed(asn1::TlvReader(file->second), protocol, 2);
  }
  const auto file = state.files.find(kDg14);
  if (file == state.files.end()) return true;
  asn1::TlvReader outer(file->second);
  return is_listed(asn1::TlvReader(outer.need(0x6E)), protocol, std::nullopt);
} catch (const asn1::Malformed&) {
  return false;
}

apdu::StatusWord ChipAuthentication::choose(base::ByteView protocol, std::optional<base::ByteView> key_id) {
  key_ = nullptr;
  const std::size_t stem = kChipAuthentication.size();
  if (protocol.size() != stem + 2 || !base::equal(protocol.first(stem), kChipAuthentication)) return kWrongData;
  const std::uint8_t cipher = protocol[stem + 1];
  if (cipher < 1 || cipher > 4 || protocol[stem] < 1 || protocol[stem] > 2) return kWrongData;
  if (!is_offered(protocol)) return kWrongData;
  if (key_id && key_id->size() != 1) return kWrongData;
  const auto& keys = (*memory_)->chip_keys;
  if (!key_id && keys.size() != 1) return kReferenceNotFound;
  const auto found = key_id ? std::ranges::find(keys, key_id->front(), &ChipKey::id) : keys.begin();
  if (found == keys.end()) return kReferenceNotFound;
  if ((found->parameters >= 8) != (protocol[stem] == 2)) return kWrongData;
  key_ = &*found;
  suite_ = static_cast<Suite>(cipher);
  protocol_.assign(protocol.begin(), protocol.end());
  return kDone;
}

apdu::StatusWord ChipAuthentication::set_at(base::ByteView data, base::Bytes named_key) {
  key_ = nullptr;
  named_key_ = std::move(named_key);
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
  named_key_.clear();
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
  asn1::TlvWriter proof;
  if (!named_key_.empty()) proof.put(0x81, nonce_).put(0x82, token_);
  return {asn1::TlvWriter{}.put(0x7C, proof).take(), kDone};
}

bool ChipAuthentication::agree(base::ByteView public_key) {
  const auto group = Group::standardized(key_->parameters);
  if (!group || !group->is_public_key(public_key)) return false;
  const bool version_2 = !named_key_.empty();
  if (version_2 && !base::equal(group->compressed(public_key), named_key_)) return false;
  if (version_2) nonce_ = random_->bytes(kNonceSize);
  ++memory_->effort().agreements;
  const base::Bytes element = group->multiply(public_key, key_->secret.reveal(), *random_);
  if (element.empty()) return false;
  base::Secret shared(group->secret_of(element));
  if (version_2) {  // TR-03110-3 A.2.3, D.3.4: keys of K and a nonce, and a token over the terminal's key
    shared = base::Secret(base::concat({shared.reveal(), nonce_}));
    asn1::TlvWriter key;
    key.put(0x06, protocol_).put(group->key_tag(), public_key);
    const base::Secret mac = derive_key(suite_, shared.reveal(), kDeriveMac);
    token_ = authentication_token(suite_, mac.reveal(), asn1::TlvWriter{}.put(0x7F49, key).view());
  }
  success_ = ChipAuthenticationSuccess{SecureMessaging::derived(suite_, shared.reveal()), group->compressed(public_key),
                                       version_2};
  return true;
}

}  // namespace simulator
