// The commands of the card manager that change the chip, all behind the secure channel: GPCS §11.
#include "pki/asn1/tlv.h"
#include "smartcard/simulator/card_manager.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/file_system.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

constexpr std::size_t kKeySize = 16;
constexpr std::size_t kKcvSize = 3;

// Length-value fields as INSTALL has them; nullopt when one is cut off.
std::optional<base::ByteView> take_lv(base::ByteView& rest) {
  if (rest.empty() || rest.size() - 1 < rest[0]) return std::nullopt;
  const base::ByteView value = rest.subspan(1, rest[0]);
  rest = rest.subspan(1 + value.size());
  return value;
}

// Key type 88 ‖ 11 ‖ 10 ‖ enciphered key ‖ 03 ‖ KCV: Amendment D §7.2. nullopt when the form or the KCV is wrong.
std::optional<base::Secret> take_key(base::ByteView& rest, base::ByteView dek) {
  constexpr std::size_t kSize = 3 + kKeySize + 1 + kKcvSize;
  if (rest.size() < kSize || rest[0] != 0x88 || rest[1] != 1 + kKeySize || rest[2] != kKeySize ||
      rest[3 + kKeySize] != kKcvSize) {
    return std::nullopt;
  }
  base::Secret key(aes_cbc_decrypt(dek, base::Bytes(kAesBlock), rest.subspan(3, kKeySize)));
  const base::ByteView kcv = rest.subspan(kSize - kKcvSize, kKcvSize);
  rest = rest.subspan(kSize);
  if (!base::equal_in_constant_time(key_check_value(key.reveal()), kcv)) return std::nullopt;
  return key;
}

std::uint8_t life_cycle_byte(ApplicationState state) {
  return state == ApplicationState::Personalized ? 0x0F : 0x07;  // GPCS table 11-4
}

// GPCS §11.4.3.1, the TLV form: E3 { 4F AID, 9F70 state, C5 privileges, … }.
base::Bytes status_entry(base::ByteView aid, std::uint8_t life_cycle, const asn1::TlvWriter& more) {
  asn1::TlvWriter inner;
  inner.put(0x4F, aid).put(0x9F70, base::ByteView(&life_cycle, 1)).raw(more.view());
  return asn1::TlvWriter{}.put(0xE3, inner).take();
}

}  // namespace

// 80 D8 P1 = version replaced, P2 = 81 (several keys from id 1): new version ‖ ENC ‖ MAC ‖ DEK. All three or none.
apdu::Response CardManager::put_key(const apdu::Command& command) {
  if (memory_->application == ApplicationState::Personalized) return answer(kConditionsNotSatisfied);
  if (command.p1 != memory_->keys.version) return answer(kReferenceNotFound);
  if (command.p2 != 0x81) return answer(kWrongParameters);
  base::ByteView rest = command.data;
  if (rest.empty() || rest[0] == 0x00 || rest[0] > 0x7F) return answer(kWrongData);
  const std::uint8_t version = rest[0];
  rest = rest.subspan(1);
  auto enc = take_key(rest, memory_->keys.dek.reveal());
  auto mac = enc ? take_key(rest, memory_->keys.dek.reveal()) : std::nullopt;
  auto dek = mac ? take_key(rest, memory_->keys.dek.reveal()) : std::nullopt;
  if (!dek || !rest.empty()) return answer(kWrongData);
  base::Bytes confirmation{version};
  for (const auto* const key : {&*enc, &*mac, &*dek}) base::append(confirmation, key_check_value(key->reveal()));
  memory_.change().keys = KeySet{version, std::move(*enc), std::move(*mac), std::move(*dek), 0, 0};
  return {std::move(confirmation), kDone};
}

apdu::Response CardManager::install(const apdu::Command& command) {
  run_.reset();
  if (memory_->application == ApplicationState::Personalized) return answer(kConditionsNotSatisfied);
  if (command.p2 != 0x00) return answer(kWrongParameters);
  if (command.p1 == 0x0C) return install_application(command.data);
  if (command.p1 == 0x20) return install_for_personalization(command.data);
  return answer(kWrongParameters);
}

// [for install and make selectable], §11.5.2.3.2: package, class, instance, privileges, parameters, token.
apdu::Response CardManager::install_application(base::ByteView data) {
  const auto package = take_lv(data);
  const auto module = package ? take_lv(data) : std::nullopt;
  const auto instance = module ? take_lv(data) : std::nullopt;
  const auto privileges = instance ? take_lv(data) : std::nullopt;
  const auto parameters = privileges ? take_lv(data) : std::nullopt;
  const auto token = parameters ? take_lv(data) : std::nullopt;
  if (!token || !token->empty() || !data.empty()) return answer(kWrongData);
  if (privileges->size() != 1 && privileges->size() != 3) return answer(kWrongData);
  if (!base::equal(*package, kLdsPackageAid) || !base::equal(*module, kLdsAid)) return answer(kReferenceNotFound);
  if (!base::equal(*instance, kLdsAid)) return answer(kWrongData);
  if (memory_->application != ApplicationState::Absent) return answer(kConditionsNotSatisfied);
  memory_.change().application = ApplicationState::Selectable;
  return {{0x00}, kDone};
}

// [for personalization], §11.5.2.3.6: 00 00 ‖ instance ‖ 00 00 00.
apdu::Response CardManager::install_for_personalization(base::ByteView data) {
  const auto none1 = take_lv(data);
  const auto none2 = none1 ? take_lv(data) : std::nullopt;
  const auto instance = none2 ? take_lv(data) : std::nullopt;
  if (!instance || !none1->empty() || !none2->empty() || !base::equal(data, base::Bytes{0x00, 0x00, 0x00})) {
    return answer(kWrongData);
  }
  if (!base::equal(*instance, kLdsAid) || memory_->application == ApplicationState::Absent) {
    return answer(kReferenceNotFound);
  }
  run_.emplace(memory_, random_);
  return {{0x00}, kDone};
}

apdu::Response CardManager::store_data(const apdu::Command& command) {
  if (!run_) return answer(kConditionsNotSatisfied);
  apdu::Response response = run_->store(command);
  if (!response.sw.ok() || run_->finished()) run_.reset();
  if (!response.sw.ok()) memory_.roll_back();  // no DGI of a refused block stays
  return response;
}

apdu::Response CardManager::set_status(const apdu::Command& command) {
  if (command.p1 == 0x40) return command.p2 == 0x0F ? lock_application(command.data) : answer(kWrongData);
  if (command.p1 != 0x80 || command.p2 != 0xFF) return answer(kWrongParameters);
  memory_.change().card = CardState::Terminated;  // GPCS §5.1.1.5: for ever
  run_.reset();
  return answer(kDone);
}

apdu::Response CardManager::lock_application(base::ByteView data) {
  if (!base::equal(data, kLdsAid) || memory_->application == ApplicationState::Absent) {
    return answer(kReferenceNotFound);
  }
  const bool open_run = run_.has_value();  // its last block has not come
  run_.reset();
  if (memory_->application != ApplicationState::Selectable || open_run) return answer(kConditionsNotSatisfied);
  if (!is_complete(*memory_)) return answer(kConditionsNotSatisfied);
  memory_.change().application = ApplicationState::Personalized;
  return answer(kDone);
}

// 80 F2 P1 = 80 security domain, 40 applications, 20 load files, 10 load files and modules; P2 = 02 first.
apdu::Response CardManager::get_status(const apdu::Command& command) const {
  if (command.p2 == 0x03) return answer(kConditionsNotSatisfied);  // nothing is ever left for a second command
  if (command.p2 != 0x02) return answer(kWrongParameters);
  base::ByteView wanted;
  try {
    asn1::TlvReader in(command.data);
    wanted = in.need(0x4F);
    if (!in.at_end()) in.need(0x5C);  // a tag list is allowed; all tags are given
    in.end();
  } catch (const asn1::Malformed&) {
    return answer(kWrongData);
  }
  const auto asked = [&](base::ByteView aid) {  // an empty or shortened AID asks for all that begin so
    return wanted.size() <= aid.size() && base::equal(wanted, aid.first(wanted.size()));
  };
  base::Bytes found;
  const bool installed = memory_->application != ApplicationState::Absent;
  if (command.p1 == 0x80 && asked(kIsdAid)) {
    found = status_entry(kIsdAid, 0x01, asn1::TlvWriter{}.put(0xC5, base::Bytes{0x9E, 0xFE, 0x80}));
  } else if (command.p1 == 0x40 && installed && asked(kLdsAid)) {
    found = status_entry(kLdsAid, life_cycle_byte(memory_->application),
                         asn1::TlvWriter{}.put(0xC5, base::Bytes{0x00, 0x00, 0x00}));
  } else if (command.p1 == 0x20 && asked(kLdsPackageAid)) {
    found = status_entry(kLdsPackageAid, 0x01, {});
  } else if (command.p1 == 0x10 && asked(kLdsPackageAid)) {
    found = status_entry(kLdsPackageAid, 0x01, asn1::TlvWriter{}.put(0x84, kLdsAid));
  } else if (command.p1 != 0x80 && command.p1 != 0x40 && command.p1 != 0x20 && command.p1 != 0x10) {
    return answer(kWrongParameters);
  }
  return found.empty() ? answer(kReferenceNotFound) : apdu::Response{std::move(found), kDone};
}

}  // namespace simulator
