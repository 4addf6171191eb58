#include "smartcard/simulator/card_manager.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/scp02.h"
#include "smartcard/simulator/scp03.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kGetData = 0xCA;
constexpr std::uint8_t kInitializeUpdate = 0x50;
constexpr std::uint8_t kExternalAuthenticate = 0x82;
constexpr std::uint8_t kReadBinary = 0xB0;
constexpr std::uint8_t kReadBinaryOdd = 0xB1;
constexpr std::uint8_t kPutKey = 0xD8;
constexpr std::uint8_t kInstall = 0xE6;
constexpr std::uint8_t kStoreData = 0xE2;
constexpr std::uint8_t kSetStatus = 0xF0;
constexpr std::uint8_t kGetStatus = 0xF2;

constexpr std::uint8_t kAesKey = 0x88;  // GPCS table 11-16
constexpr std::uint8_t kTripleDesKey = 0x80;

// Key diversification data: "VN" ‖ serial, 10 bytes.
base::Bytes diversification_data(const State& state) {
  return base::concat({base::Bytes{0x56, 0x4E}, state.serial});
}

// The protocol and its i under 1.2.840.114283.4.
std::string protocol_identifier(const KeySet& keys) {
  if (keys.scp02_option != 0) return "1.2.840.114283.4.2." + std::to_string(keys.scp02_option);
  return "1.2.840.114283.4.3." + std::to_string(Scp03::i_parameter(keys.s16));
}

// GPCS §H.2: card recognition data. GlobalPlatform 2.3.1.
base::Bytes card_recognition_data(const KeySet& keys) {
  asn1::TlvWriter inner;
  inner.oid(asn1::Oid{"1.2.840.114283.1"});
  inner.put(0x60, asn1::TlvWriter{}.oid(asn1::Oid{"1.2.840.114283.2.2.3.1"}));
  inner.put(0x63, asn1::TlvWriter{}.oid(asn1::Oid{"1.2.840.114283.3"}));
  inner.put(0x64, asn1::TlvWriter{}.oid(asn1::Oid{protocol_identifier(keys)}));
  return asn1::TlvWriter{}.put(0x66, asn1::TlvWriter{}.put(0x73, inner)).take();
}

// GPCS §11.3.3.1: key information template, one C0 {id, version, type, length} a key.
base::Bytes key_information(const State& state) {
  const auto length = static_cast<std::uint8_t>(state.keys.enc.size());
  const std::uint8_t type = state.keys.scp02_option != 0 ? kTripleDesKey : kAesKey;
  asn1::TlvWriter inner;
  for (std::uint8_t id = 1; id <= 3; ++id) inner.put(0xC0, base::Bytes{id, state.keys.version, type, length});
  return asn1::TlvWriter{}.put(0xE0, inner).take();
}

// Card production life cycle data, 42 bytes: all that a virtual chip can say is its number (IC serial number: the last
// four bytes of the serial at 12, the first four where the module's number stands at 22).
base::Bytes production_data(const State& state) {
  base::Bytes cplc(42);
  std::copy(state.serial.begin() + 4, state.serial.end(), cplc.begin() + 12);
  std::copy(state.serial.begin(), state.serial.begin() + 4, cplc.begin() + 22);
  return asn1::TlvWriter{}.put(0x9F7F, cplc).take();
}

}  // namespace

void CardManager::forget() {
  channel_.reset();
  run_.reset();
  status_given_ = 0;
}

apdu::Response CardManager::selected(const apdu::Command& select) {
  if (select.p2 == 0x0C) return answer(kDone);
  asn1::TlvWriter inner;
  inner.put(0x84, kIsdAid).put(0xA5, asn1::TlvWriter{}.put(0x9F65, base::Bytes{0xFF}));
  return {asn1::TlvWriter{}.put(0x6F, inner).take(), kDone};
}

apdu::Response CardManager::process(const apdu::Command& command) {
  if (command.cla == 0x84) return process_secured(command);
  if (command.cla != 0x00 && command.cla != 0x80) {
    forget();
    return answer(kSecureMessagingUnsupported);
  }
  if (channel_ && channel_->authenticated() && command.ins != kInitializeUpdate) {
    forget();  // a plain command inside a session: GPCS §10.6 wants no weaker command than the level agreed
    return answer(kSecurityNotSatisfied);
  }
  return process_plain(command);
}

apdu::Response CardManager::process_plain(const apdu::Command& command) {
  if (command.ins == kGetData) return get_data(command);
  if (command.cla == 0x00) return process_iso(command);
  switch (command.ins) {
    case kInitializeUpdate:
      return initialize_update(command);
    case kPutKey:
    case kInstall:
    case kStoreData:
    case kSetStatus:
    case kGetStatus:
      return answer(kSecurityNotSatisfied);
    default:
      return answer(kInstructionUnknown);
  }
}

// Readers look for EF.CardAccess, EF.DIR and EF.ATR/INFO before they select an application: there are none. SELECT MF
// answers 6D00 on the real card once it is personalized.
apdu::Response CardManager::process_iso(const apdu::Command& command) {
  switch (command.ins) {
    case kSelect:
      if (command.p1 == 0x00 && memory_->application == ApplicationState::Personalized) {
        return answer(kInstructionUnknown);
      }
      return answer(command.p1 <= 0x02 ? kFileNotFound : kWrongParameters);
    case kReadBinary:
      return answer((command.p1 & 0x80) != 0 ? kFileNotFound : kNoCurrentFile);
    case kReadBinaryOdd:
      return answer(command.p1 != 0 || command.p2 != 0 ? kFileNotFound : kNoCurrentFile);
    default:
      return answer(kInstructionUnknown);
  }
}

apdu::Response CardManager::process_secured(const apdu::Command& command) {
  if (command.ins == kExternalAuthenticate) return external_authenticate(command);
  if (!channel_ || !channel_->authenticated()) return answer(kSecurityNotSatisfied);
  const auto inner = channel_->unwrap(command);
  if (!inner) {
    forget();
    return answer(kSecurityNotSatisfied);
  }
  return channel_->wrap(process_managed(*inner));
}

apdu::Response CardManager::process_managed(const apdu::Command& command) {
  if (command.ins != kGetStatus) status_given_ = 0;
  switch (command.ins) {
    case kGetData:
      return get_data(command);
    case kPutKey:
      return put_key(command);
    case kInstall:
      return install(command);
    case kStoreData:
      return store_data(command);
    case kSetStatus:
      return set_status(command);
    case kGetStatus:
      return get_status(command);
    default:
      return answer(kInstructionUnknown);
  }
}

apdu::Response CardManager::get_data(const apdu::Command& command) const {
  if (!command.data.empty()) return answer(kWrongLength);
  switch (command.p1 << 8 | command.p2) {
    case 0x0045:
      return {asn1::TlvWriter{}.put(0x45, memory_->serial).take(), kDone};
    case 0x0066:
      return {card_recognition_data(memory_->keys), kDone};
    case 0x00E0:
      return {key_information(*memory_), kDone};
    case 0x9F7F:
      return {production_data(*memory_), kDone};
    default:
      return answer(kReferenceNotFound);
  }
}

// The sequence counter moves before the challenge is made and is written before the answer leaves, so no challenge is
// ever used twice.
std::unique_ptr<SecureChannel> CardManager::begin_scp03(base::ByteView host_challenge) {
  const std::uint32_t counter = ++memory_.change().keys.sequence_counter;
  const KeySet& keys = memory_->keys;
  return std::make_unique<Scp03>(keys.enc.reveal(), keys.mac.reveal(), counter, host_challenge,
                                 Scp03::pseudo_random_challenge(keys.enc.reveal(), counter, kIsdAid, keys.s16));
}

// GPCS §E.1.2.1: here the counter moves once a first C-MAC was right (external_authenticate); until then a well-known
// challenge is the same again.
std::unique_ptr<SecureChannel> CardManager::begin_scp02(base::ByteView host_challenge) {
  const KeySet& keys = memory_->keys;
  const auto counter = static_cast<std::uint16_t>(keys.sequence_counter);
  const base::Bytes challenge = Scp02::has_well_known_challenge(keys.scp02_option)
                                    ? Scp02::well_known_challenge(keys.mac.reveal(), counter, kIsdAid)
                                    : random_.bytes(Scp02::kChallenge);
  return std::make_unique<Scp02>(Scp02::StaticKeys{keys.enc.reveal(), keys.mac.reveal(), keys.dek.reveal()},
                                 keys.scp02_option, counter, host_challenge, challenge);
}

// Amendment D §7.1.1, GPCS §E.5.1.
apdu::Response CardManager::initialize_update(const apdu::Command& command) {
  forget();
  const KeySet& keys = memory_->keys;
  if (command.p1 != 0x00 && command.p1 != keys.version) return answer(kReferenceNotFound);
  if (command.p2 != 0x00) return answer(kWrongParameters);
  if (command.data.size() != Scp03::size_of(keys.s16)) return answer(kWrongLength);
  if (keys.failed_authentications >= kMostFailures) return answer(kMethodBlocked);
  const bool scp02 = keys.scp02_option != 0;
  if (keys.sequence_counter >= (scp02 ? 0xFFFFU : 0xFFFFFFU)) return answer(kConditionsNotSatisfied);
  channel_ = scp02 ? begin_scp02(command.data) : begin_scp03(command.data);
  return {base::concat({diversification_data(*memory_), base::Bytes{memory_->keys.version},
                        channel_->told_on_initialize_update()}),
          kDone};
}

// Amendment D §7.1.2, GPCS §E.5.2.
apdu::Response CardManager::external_authenticate(const apdu::Command& command) {
  run_.reset();
  if (!channel_ || channel_->authenticated()) {
    forget();
    return answer(kConditionsNotSatisfied);
  }
  apdu::StatusWord refusal = kDone;
  if (command.data.size() != channel_->authentication_size()) {
    refusal = kWrongLength;
  } else if (!channel_->takes_level(command.p1) || command.p2 != 0x00) {
    refusal = kWrongParameters;
  } else if (!channel_->authenticate(command)) {
    ++memory_.change().keys.failed_authentications;
    refusal = kAuthenticationFailed;
  }
  if (!refusal.ok()) {
    forget();
    return answer(refusal);
  }
  if (memory_->keys.failed_authentications != 0) memory_.change().keys.failed_authentications = 0;
  if (memory_->keys.scp02_option != 0) ++memory_.change().keys.sequence_counter;
  return answer(kDone);
}

}  // namespace simulator
