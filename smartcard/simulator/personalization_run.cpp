#include "smartcard/simulator/personalization_run.h"

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/file_system.h"
#include "smartcard/simulator/group.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

// P1 of STORE DATA, GPCS table 11-89.
constexpr std::uint8_t kLastBlock = 0x80;
constexpr std::uint8_t kEncryption = 0x60;  // 00 none, 60 encrypted
constexpr std::uint8_t kStructure = 0x18;   // 08 DGI
constexpr std::uint8_t kReserved = 0x06;
constexpr std::uint8_t kResponseExpected = 0x01;

constexpr std::uint16_t kBacKeys = 0x8F01;
constexpr std::uint16_t kPacePasswords = 0x8F02;
constexpr std::uint16_t kGenerateAaKey = 0x8F10;
constexpr std::uint16_t kGenerateChipKey = 0x8F11;
constexpr std::uint16_t kTrustPoint = 0x8F12;
constexpr std::uint16_t kDate = 0x8F13;
constexpr std::uint16_t kCardSecurity = 0x8F1D;
constexpr std::uint16_t kAccessProfile = 0x8F20;
constexpr std::uint16_t kCardAccess = 0x011C;
constexpr std::uint8_t kFirstAaKind = 0x01, kLastAaKind = 0x03;
constexpr std::size_t kBacKeySize = 16;

}  // namespace

apdu::Response PersonalizationRun::store(const apdu::Command& command) {
  const std::uint8_t p1 = command.p1;
  const std::uint8_t encryption = p1 & kEncryption;
  if ((p1 & kStructure) != 0x08 || (p1 & kReserved) != 0 || (encryption != 0 && encryption != kEncryption)) {
    return answer(kWrongParameters);
  }
  if (command.p2 != next_block_ || command.data.empty()) return answer(kWrongData);
  ++next_block_;  // wraps at FF
  if (!pending_.empty() && pending_encrypted_ != (encryption != 0)) return answer(kWrongData);
  if (pending_.size() + command.data.size() > kFileMemory + 4) return answer(kNoMemory);
  pending_encrypted_ = encryption != 0;
  memory_.effort().written += command.data.size();
  base::append(pending_, command.data);
  apdu::Response response = store_whole_dgis((p1 & kResponseExpected) != 0);
  if (!response.sw.ok()) return response;
  finished_ = (p1 & kLastBlock) != 0;
  if (finished_ && !pending_.empty()) return answer(kWrongData);  // a DGI was cut off
  return response;
}

// DGI(2) ‖ length (1, or FF and 2) ‖ value.
std::optional<PersonalizationRun::Dgi> PersonalizationRun::next_dgi() const {
  if (pending_.size() < 3) return std::nullopt;
  Dgi dgi{static_cast<std::uint16_t>(pending_[0] << 8 | pending_[1]), 3, pending_[2]};
  if (dgi.length != 0xFF) return dgi;
  if (pending_.size() < 5) return std::nullopt;
  return Dgi{dgi.id, 5, static_cast<std::size_t>(pending_[3]) << 8 | pending_[4]};
}

apdu::Response PersonalizationRun::store_whole_dgis(bool response_expected) {
  apdu::Response response = answer(kDone);
  for (auto dgi = next_dgi(); dgi && pending_.size() >= dgi->header + dgi->length; dgi = next_dgi()) {
    const base::ByteView value = base::ByteView(pending_).subspan(dgi->header, dgi->length);
    std::optional<base::Bytes> plain(std::in_place, value.begin(), value.end());
    if (pending_encrypted_) {
      plain = session_.decrypt_data(value, memory_->keys.dek);
      if (plain) plain = unpad(*plain, session_.data_block());
    }
    if (!plain) return answer(kWrongData);
    const base::Secret content(std::move(*plain));
    apdu::Response one = store_dgi(dgi->id, content.reveal(), response_expected);
    if (!one.sw.ok()) return one;
    base::append(response.data, one.data);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(dgi->header + dgi->length));
  }
  return response;
}

apdu::Response PersonalizationRun::store_dgi(std::uint16_t id, base::ByteView value, bool response_expected) {
  if (id == kGenerateChipKey) return generate_chip_key(value, response_expected);
  if (id == kGenerateAaKey) return generate_aa_key(value, response_expected);
  if (!written_.insert(id).second) return answer(kWrongData);  // the same DGI twice in one run
  if (id == kBacKeys) return answer(store_bac_keys(value));
  if (id == kPacePasswords) return answer(store_pace_passwords(value));
  if (id == kCardAccess || id > kBacKeys) return answer(store_setting(id, value));
  return answer(store_file(id, value));
}

apdu::StatusWord PersonalizationRun::store_file(std::uint16_t id, base::ByteView value) {
  const FileRule* const rule = rule_of_file(id);
  if (rule == nullptr || !rule->personalized || value.empty()) return kWrongData;
  std::size_t used = value.size();
  for (const auto& [other, content] : memory_->files) used += other == id ? 0 : content.size();
  if (used > kFileMemory) return kNoMemory;
  memory_.change().files[id].assign(value.begin(), value.end());
  return kDone;
}

// K_ENC ‖ K_MAC. Under the data key as well as under the session: in clear they are refused.
apdu::StatusWord PersonalizationRun::store_bac_keys(base::ByteView value) {
  if (!pending_encrypted_ || value.size() != 2 * kBacKeySize) return kWrongData;
  memory_.change().bac =
      BacKeys{base::Secret::copy_of(value.first(kBacKeySize)), base::Secret::copy_of(value.last(kBacKeySize))};
  return kDone;
}

// { 83 reference, 84 secret }*, enciphered under the data key. They replace those that were there.
apdu::StatusWord PersonalizationRun::store_pace_passwords(base::ByteView value) {
  if (!pending_encrypted_ || value.empty()) return kWrongData;
  std::map<std::uint8_t, base::Secret> passwords;
  try {
    for (asn1::TlvReader in(value); !in.at_end();) {
      const base::ByteView reference = in.need(0x83);
      const base::ByteView secret = in.need(0x84);
      if (reference.size() != 1 || reference[0] < 1 || reference[0] > 4 || secret.empty()) return kWrongData;
      if (reference[0] == 1 && secret.size() != 20) return kWrongData;  // SHA-1 of the MRZ information
      if (!passwords.emplace(reference[0], base::Secret::copy_of(secret)).second) return kWrongData;
    }
  } catch (const asn1::Malformed&) {
    return kWrongData;
  }
  memory_.change().pace = std::move(passwords);
  return kDone;
}

apdu::StatusWord PersonalizationRun::store_setting(std::uint16_t id, base::ByteView value) {
  if (value.empty()) return kWrongData;
  const base::Bytes copy(value.begin(), value.end());
  switch (id) {
    case kCardAccess:
      memory_.change().master_files[kCardAccess] = copy;
      return kDone;
    case kCardSecurity:
      memory_.change().master_files[0x011D] = copy;
      return kDone;
    case kTrustPoint:
      if (!is_certificate(value)) return kWrongData;
      memory_.change().trust_points = {copy};
      return kDone;
    case kDate:
      if (!is_day(value)) return kWrongData;
      memory_.change().date = copy;
      return kDone;
    case kAccessProfile:
      if (value.size() != 1 || (value[0] & 0xF8) != 0) return kWrongData;
      memory_.change().access = {(value[0] & 1) != 0, (value[0] & 2) != 0, (value[0] & 4) != 0};
      return kDone;
    default:
      return kWrongData;
  }
}

// Key id and standardized domain parameters: a key for Chip Authentication that never leaves the chip. The same id
// again makes another key.
apdu::Response PersonalizationRun::generate_chip_key(base::ByteView value, bool response_expected) {
  if (!response_expected || value.size() != 2) return answer(kWrongData);
  const auto group = Group::standardized(value[1]);
  if (!group) return answer(kWrongData);
  base::Secret secret = group->random_number(random_);
  ++memory_.effort().agreements;
  const base::Bytes public_key = group->multiply(group->generator(), secret.reveal(), random_);
  auto& keys = memory_.change().chip_keys;
  std::erase_if(keys, [&](const ChipKey& key) { return key.id == value[0]; });
  keys.push_back({value[0], value[1], std::move(secret)});
  return {group->public_key_info(public_key), kDone};
}

apdu::Response PersonalizationRun::generate_aa_key(base::ByteView value, bool response_expected) {
  if (!response_expected || value.size() != 1 || value[0] < kFirstAaKind || value[0] > kLastAaKind)
    return answer(kWrongData);
  const AaKey key = AaKey::generate(random_, static_cast<AaKey::Kind>(value[0]));
  memory_.change().aa_key = key.pkcs8();
  ++(key.elliptic() ? memory_.effort().agreements : memory_.effort().signing_keys);
  if (key.elliptic()) return {key.public_key_info(), kDone};
  asn1::TlvWriter numbers;
  numbers.put(0x81, key.modulus()).put(0x82, key.exponent());
  return {asn1::TlvWriter{}.put(0x7F49, numbers).take(), kDone};
}

}  // namespace simulator
