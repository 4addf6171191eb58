// The commands of the card manager that change the chip, all behind the secure channel: GPCS §11.
#include <algorithm>
#include <utility>
#include <vector>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/card_manager.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/file_system.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

constexpr std::size_t kKcvSize = 3;

// Length-value fields as INSTALL has them; nullopt when one is cut off.
std::optional<base::ByteView> take_lv(base::ByteView& rest) {
  if (rest.empty() || rest.size() - 1 < rest[0]) return std::nullopt;
  const base::ByteView value = rest.subspan(1, rest[0]);
  rest = rest.subspan(1 + value.size());
  return value;
}

// Key type 88 ‖ 11 ‖ 10 ‖ enciphered key ‖ 03 ‖ KCV: Amendment D §7.2, here of AES-128; a key of 24 bytes is padded to
// 32 before it is enciphered. As long as the DEK, because GPCS wants no key under a weaker one and the three of a set
// are alike. nullopt when the form or the KCV is wrong.
std::optional<base::Secret> take_aes_key(base::ByteView& rest, base::ByteView dek) {
  const std::size_t length = dek.size();
  const std::size_t enciphered = (length + kAesBlock - 1) / kAesBlock * kAesBlock;
  const std::size_t size = 3 + enciphered + 1 + kKcvSize;
  if (rest.size() < size || rest[0] != 0x88 || rest[1] != 1 + enciphered || rest[2] != length ||
      rest[3 + enciphered] != kKcvSize) {
    return std::nullopt;
  }
  const base::Secret padded(aes_cbc_decrypt(dek, base::Bytes(kAesBlock), rest.subspan(3, enciphered)));
  auto key = base::Secret::copy_of(padded.reveal().first(length));
  const base::ByteView kcv = rest.subspan(size - kKcvSize, kKcvSize);
  rest = rest.subspan(size);
  if (!base::equal_in_constant_time(key_check_value(key.reveal()), kcv)) return std::nullopt;
  return key;
}

// 80 ‖ 10 ‖ enciphered key ‖ 03 ‖ KCV: GPCS §11.8.2.3 with a 3DES key.
std::optional<base::Secret> take_des3_key(base::ByteView& rest, const SecureChannel& session) {
  constexpr std::size_t kKeySize = 16;
  constexpr std::size_t kSize = 2 + kKeySize + 1 + kKcvSize;
  if (rest.size() < kSize || rest[0] != 0x80 || rest[1] != kKeySize || rest[2 + kKeySize] != kKcvSize) {
    return std::nullopt;
  }
  base::Secret key(session.decrypt_data(rest.subspan(2, kKeySize), {}).value());
  const base::ByteView kcv = rest.subspan(kSize - kKcvSize, kKcvSize);
  rest = rest.subspan(kSize);
  if (!base::equal_in_constant_time(des3_key_check_value(key.reveal()), kcv)) return std::nullopt;
  return key;
}

std::uint8_t life_cycle_byte(ApplicationState state) {
  return state == ApplicationState::Personalized ? 0x0F : 0x07;  // GPCS table 11-4
}

// What GET STATUS tells of: GPCS §11.4.3.1.
struct StatusEntry {
  base::ByteView aid;
  std::uint8_t life_cycle;
  base::Bytes privileges;  // of three bytes; empty: of a load file
  base::ByteView module;   // of a load file, when modules were asked for
};

std::vector<StatusEntry> status_entries(const State& state, std::uint8_t p1) {
  constexpr std::uint8_t kLoaded = 0x01;
  const bool modules = p1 == 0x10;
  switch (p1) {
    case 0x80:
      return {{kIsdAid, 0x01, base::hex("9EFE80"), {}}};
    case 0x40:
      if (state.application == ApplicationState::Absent) return {};
      return {{kLdsAid, life_cycle_byte(state.application), base::hex("000000"), {}}};
    default:
      return {{kIsdPackageAid, kLoaded, {}, modules ? base::ByteView(kIsdAid) : base::ByteView{}},
              {kLdsPackageAid, kLoaded, {}, modules ? base::ByteView(kLdsAid) : base::ByteView{}}};
  }
}

// E3 { 4F AID, 9F70 state, C5 privileges | 84 module }
base::Bytes in_tlv(const StatusEntry& entry) {
  asn1::TlvWriter inner;
  inner.put(0x4F, entry.aid).put(0x9F70, base::ByteView(&entry.life_cycle, 1));
  if (!entry.privileges.empty()) inner.put(0xC5, entry.privileges);
  if (!entry.module.empty()) inner.put(0x84, entry.module);
  return asn1::TlvWriter{}.put(0xE3, inner).take();
}

// The form of before: length AID ‖ state ‖ first byte of the privileges, and of a load file its modules.
base::Bytes in_the_old_form(const StatusEntry& entry) {
  base::Bytes out{static_cast<std::uint8_t>(entry.aid.size())};
  base::append(out, entry.aid);
  out.push_back(entry.life_cycle);
  out.push_back(entry.privileges.empty() ? std::uint8_t{0} : entry.privileges[0]);
  if (entry.module.empty()) return out;
  base::append(out, base::Bytes{0x01, static_cast<std::uint8_t>(entry.module.size())});
  base::append(out, entry.module);
  return out;
}

// The AID that is searched for, of { 4F AID, [5C tags] }: all tags are given. nullopt: another form.
std::optional<base::ByteView> search_criterion(base::ByteView data) {
  try {
    asn1::TlvReader in(data);
    const base::ByteView wanted = in.need(0x4F);
    if (!in.at_end()) in.need(0x5C);
    in.end();
    return wanted;
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
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
  const KeySet& old = memory_->keys;
  const bool des3 = old.scp02_option != 0;
  const auto take = [&] { return des3 ? take_des3_key(rest, *channel_) : take_aes_key(rest, old.dek.reveal()); };
  auto enc = take();
  auto mac = enc ? take() : std::nullopt;
  auto dek = mac ? take() : std::nullopt;
  if (!dek || !rest.empty()) return answer(kWrongData);
  base::Bytes confirmation{version};
  for (const auto* const key : {&*enc, &*mac, &*dek}) {
    base::append(confirmation, des3 ? des3_key_check_value(key->reveal()) : key_check_value(key->reveal()));
  }
  memory_.change().keys =
      KeySet{version, std::move(*enc), std::move(*mac), std::move(*dek), 0, 0, old.s16, old.scp02_option};
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
  run_.emplace(memory_, random_, *channel_);
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

// 80 F2 P1 = 80 security domain, 40 applications, 20 load files, 10 load files and modules; P2: 02 TLV, 00 the form of
// before; 01 more the rest of what 6310 broke off, which is lost with any other command.
apdu::Response CardManager::get_status(const apdu::Command& command) {
  const std::size_t begin = std::exchange(status_given_, 0);
  if (command.p1 != 0x80 && command.p1 != 0x40 && command.p1 != 0x20 && command.p1 != 0x10) {
    return answer(kWrongParameters);
  }
  if (command.p2 > 0x03) return answer(kWrongParameters);
  const bool next = (command.p2 & 0x01) != 0;
  if (next && begin == 0) return answer(kConditionsNotSatisfied);
  const auto wanted = search_criterion(command.data);
  if (!wanted) return answer(kWrongData);
  std::vector<StatusEntry> entries = status_entries(*memory_, command.p1);
  std::erase_if(entries, [&](const StatusEntry& one) {  // an empty or shortened AID asks for all that begin so
    return wanted->size() > one.aid.size() || !base::equal(*wanted, one.aid.first(wanted->size()));
  });
  constexpr std::size_t kProtection = 32;  // padding and R-MAC at most
  const std::size_t room = std::max<std::size_t>(command.le.value_or(256), kProtection) - kProtection;
  base::Bytes found;
  for (std::size_t i = next ? begin : 0; i < entries.size(); ++i) {
    const base::Bytes one = (command.p2 & 0x02) != 0 ? in_tlv(entries[i]) : in_the_old_form(entries[i]);
    if (!found.empty() && found.size() + one.size() > room) {
      status_given_ = i;
      return {std::move(found), kMoreToCome};
    }
    base::append(found, one);
  }
  return found.empty() ? answer(kReferenceNotFound) : apdu::Response{std::move(found), kDone};
}

}  // namespace simulator
