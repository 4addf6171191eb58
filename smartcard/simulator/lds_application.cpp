#include "smartcard/simulator/lds_application.h"

#include <algorithm>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/simulator/bac.h"
#include "smartcard/simulator/file_system.h"
#include "smartcard/simulator/words.h"

namespace simulator {

namespace {

constexpr std::uint8_t kManageSecurity = 0x22;
constexpr std::uint8_t kPerformSecurity = 0x2A;
constexpr std::uint8_t kGeneralAuthenticate = 0x86;
constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kReadBinary = 0xB0;
constexpr std::uint8_t kReadBinaryOdd = 0xB1;
constexpr std::uint8_t kGetChallenge = 0x84;
constexpr std::uint8_t kExternalAuthenticate = 0x82;
constexpr std::uint8_t kInternalAuthenticate = 0x88;

constexpr std::size_t kAaChallenge = 8;
constexpr std::size_t kShortAnswer = 256;
constexpr std::uint16_t kCvca = 0x011C;  // in the application; EF.CardAccess in the MF
constexpr std::size_t kLongestCertificate = 4096;

// Files of the MF, 9303-10 §3.11: EF.DIR names the application; EF.ATR/INFO tells of short identifiers, command
// chaining and extended length with its sizes.
const base::Bytes kDir = base::hex("61094F07A0000002471001");
const base::Bytes kAtrInfo = base::hex("47038401E07F660A020300FFFF020300FFFD");

// How long the protected answer may be. Le of the outer command says whether the terminal takes an extended one.
std::size_t room_for_answer(const apdu::Command& outer) {
  return std::min<std::size_t>(std::max<std::size_t>(outer.le.value_or(0), kShortAnswer), kLargestAnswer);
}

std::uint16_t two_bytes(std::uint8_t high, std::uint8_t low) {
  return static_cast<std::uint16_t>(high << 8 | low);
}

// File control information, ISO 7816-4 §7.4.3, in answer to SELECT with P2 = 00.
base::Bytes file_control(const FileRule& rule, std::size_t size) {
  const auto number = [](std::size_t value) {
    return base::Bytes{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  };
  asn1::TlvWriter inner;
  inner.put(0x80, number(size)).put(0x82, base::Bytes{0x01}).put(0x83, number(rule.id));
  inner.put(0x88, base::Bytes{static_cast<std::uint8_t>(rule.sfi << 3)});
  return asn1::TlvWriter{}.put(0x62, inner).take();
}

// What READ BINARY gives of a file: at most `wanted` and `room` bytes from the offset. An explicit Le that the file
// cannot fill is told by 6282; Le 00 and 0000 ask for as much as there is.
apdu::Response slice(base::ByteView file, std::size_t offset, std::size_t wanted, std::size_t room, std::uint32_t le) {
  if (offset >= file.size()) return answer(kOffsetOutside);
  const std::size_t rest = file.size() - offset;
  const base::ByteView part = file.subspan(offset, std::min({rest, wanted, room}));
  const bool explicit_le = le != 256 && le != 65536;
  return {{part.begin(), part.end()}, explicit_le && rest < wanted ? kEndOfFile : kDone};
}

// How many bytes a DO53 of at most `size` bytes can carry.
std::size_t content_of_do53(std::size_t size) {
  if (size <= 2) return 0;
  if (size <= 2 + 127) return size - 2;
  return size <= 3 + 255 ? size - 3 : size - 4;
}

// From the first wrong password on 0.1 s before each try, twice as long after each further one, 6.4 s at most. It never
// blocks: the passwords stand on the card, and whoever could block it would.
std::chrono::milliseconds pause_before_access(std::uint32_t failures) {
  if (failures == 0) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds{100} * (1U << (failures - 1));
}

}  // namespace

void LdsApplication::forget() {
  session_.reset();
  next_session_.reset();
  challenge_.clear();
  current_file_.reset();
  current_content_.reset();
  aa_key_.reset();
  pace_ = Pace(memory_, random_);
  chip_authentication_.forget();
  terminal_authentication_ = TerminalAuthentication(memory_);
  terminal_key_.clear();
  chain_.clear();
}

void LdsApplication::leave() {
  forget();
  in_application_ = false;
}

apdu::Response LdsApplication::selected(const apdu::Command& select) {
  in_application_ = true;
  current_file_.reset();
  current_content_.reset();
  if (select.p2 == 0x0C || !select.le) return answer(kDone);
  return {asn1::TlvWriter{}.put(0x6F, asn1::TlvWriter{}.put(0x84, kLdsAid)).take(), kDone};
}

apdu::Response LdsApplication::process(const apdu::Command& command) {
  const base::Bytes challenge = std::exchange(challenge_, {});  // good for the very next command only
  if ((command.cla & 0x0C) != 0) return process_secured(command, challenge);
  if (session_) {  // a plain command ends secure messaging and the access it gave
    const auto file = current_file_;
    forget();
    current_file_ = file;
  }
  return process_plain(command, challenge);
}

apdu::Response LdsApplication::process_plain(const apdu::Command& command, base::ByteView challenge) {
  const bool open = !in_application_ || memory_->access.open;
  if (command.cla == 0x10 && command.ins != kGeneralAuthenticate) return answer(kChainingUnsupported);
  if (command.ins == kManageSecurity || command.ins == kGeneralAuthenticate) return run_pace(command);
  pace_ = Pace(memory_, random_);
  switch (command.ins) {
    case kSelect:
      return select_inside(command, false);
    case kGetChallenge:
      return in_application_ ? get_challenge(command) : answer(kInstructionUnknown);
    case kExternalAuthenticate:
      return in_application_ ? external_authenticate(command, challenge) : answer(kInstructionUnknown);
    case kReadBinary:
      return open ? read_binary(command, kShortAnswer, false) : answer(kSecurityNotSatisfied);
    case kReadBinaryOdd:
    case kPerformSecurity:
    case kInternalAuthenticate:
      return answer(kSecurityNotSatisfied);
    default:
      return answer(kInstructionUnknown);
  }
}

apdu::Response LdsApplication::process_secured(const apdu::Command& command, base::ByteView challenge) {
  if (!session_) return answer(kObjectsIncorrect);
  const auto unwrapped = session_->unwrap(command);
  if (const auto* const error = std::get_if<apdu::StatusWord>(&unwrapped)) {
    forget();
    return answer(*error);
  }
  const std::size_t room = session_->largest_data(room_for_answer(command));
  const auto& asked = std::get<apdu::Command>(unwrapped);
  apdu::Response inner = process_inner(asked, room, challenge);
  if (tampering_ != nullptr) tampering_->answered(asked, inner);
  apdu::Response wrapped = session_->wrap(inner, (command.ins & 0x01) != 0);
  if (next_session_) {  // 9303-11 §6.2: after the answer
    auto next = std::exchange(next_session_, std::nullopt);
    if (tampering_ == nullptr || tampering_->takes_new_keys()) session_ = std::move(next);
  }
  return wrapped;
}

apdu::Response LdsApplication::process_inner(const apdu::Command& command, std::size_t room, base::ByteView challenge) {
  if (command.ins == kPerformSecurity) return verify_certificate(command);
  chain_.clear();
  if (command.cla != 0x00) return answer(kChainingUnsupported);
  switch (command.ins) {
    case kSelect:
      return select_inside(command, true);
    case kReadBinary:
      return read_binary(command, room, true);
    case kReadBinaryOdd:
      return read_binary_odd(command, room);
    case kInternalAuthenticate:
      return internal_authenticate(command, room);
    case kManageSecurity:
      return manage_security(command);
    case kGeneralAuthenticate: {
      apdu::Response response = chip_authentication_.general_authenticate(command);
      if (auto success = chip_authentication_.take_success()) take_new_keys(std::move(*success));
      return response;
    }
    case kGetChallenge:
      if (!terminal_authentication_.terminal_chosen()) return answer(kConditionsNotSatisfied);
      return get_challenge(command);
    case kExternalAuthenticate:
      return authenticate_terminal(command, challenge);
    default:
      return answer(kInstructionUnknown);
  }
}

// 9303-10 §3.6.2: 00 A4 02 0C 02 FID; and, under secure messaging, the application itself once more.
apdu::Response LdsApplication::select_inside(const apdu::Command& command, bool secured) {
  if (command.p1 == 0x00) return answer(kInstructionUnknown);  // SELECT MF: the real card answers 6D00
  if (command.p2 != 0x0C && command.p2 != 0x00) return answer(kWrongParameters);
  if (command.p1 == 0x04) return base::equal(command.data, kLdsAid) ? selected(command) : answer(kFileNotFound);
  if (command.p1 != 0x02) return answer(kWrongParameters);
  if (command.data.size() != 2) return answer(kWrongLength);
  const std::uint16_t id = two_bytes(command.data[0], command.data[1]);
  const FileRule* const rule = rule_of_file(id);
  const apdu::StatusWord sw = in_application_ ? open(rule, secured) : open_in_master_file(id, secured);
  if (!sw.ok()) return answer(sw);
  if (command.p2 == 0x0C || !command.le || !in_application_) return answer(kDone);
  return {file_control(*rule, current().size()), kDone};
}

bool LdsApplication::may_read(std::uint16_t file, bool secured) const {
  const cvc::format::Rights rights = terminal_authentication_.rights();
  if (file == 0x0103) return secured && rights.fingerprints;
  if (file == 0x0104) return secured && rights.iris;
  if (file == 0x010D && memory_->access.dg13_behind_authentication) {
    return secured && terminal_authentication_.passed();
  }
  return secured || memory_->access.open;
}

apdu::StatusWord LdsApplication::open(const FileRule* rule, bool secured) {
  if (rule == nullptr) return kFileNotFound;
  if (rule->id == kCvca) {
    if (memory_->trust_points.empty()) return kFileNotFound;
    if (!may_read(kCvca, secured)) return kSecurityNotSatisfied;
    make_current(kCvca, cvca_file(*memory_));
  } else {
    if (!may_read(rule->id, secured)) return kSecurityNotSatisfied;
    if (!memory_->files.contains(rule->id)) return kFileNotFound;
    make_current(rule->id, memory_->files.at(rule->id));
  }
  return kDone;
}

void LdsApplication::make_current(std::uint16_t file, base::Bytes content) {
  if (tampering_ != nullptr) tampering_->opened(file, content);
  current_file_ = file;
  current_content_ = std::move(content);
}

apdu::StatusWord LdsApplication::open_in_master_file(std::uint16_t file, bool secured) {
  if (!has_master_files()) return kFileNotFound;
  if (file == 0x2F00) {
    make_current(file, kDir);
  } else if (file == 0x2F01) {
    make_current(file, kAtrInfo);
  } else if (memory_->master_files.contains(file)) {
    if (file == 0x011D && !secured) return kSecurityNotSatisfied;  // EF.CardSecurity: after PACE
    make_current(file, memory_->master_files.at(file));
  } else {
    return kFileNotFound;
  }
  return kDone;
}

apdu::StatusWord LdsApplication::open_short(std::uint8_t sfi, bool secured) {
  if (in_application_) return open(rule_of_sfi(sfi), secured);
  const std::uint16_t file = sfi == 0x1E   ? 0x2F00
                             : sfi == 0x01 ? 0x2F01
                             : sfi == 0x1C ? 0x011C
                             : sfi == 0x1D ? 0x011D
                                           : 0;
  return open_in_master_file(file, secured);
}

// 9303-10 §3.6.3: 00 B0, offset in P1 P2, or P1 = 80 + SFI and an offset of one byte in P2.
apdu::Response LdsApplication::read_binary(const apdu::Command& command, std::size_t room, bool secured) {
  if (!command.data.empty() || !command.le) return answer(kWrongLength);
  std::size_t offset = two_bytes(command.p1, command.p2);
  if ((command.p1 & 0x80) != 0) {
    if ((command.p1 & 0x60) != 0) return answer(kWrongParameters);
    if (const apdu::StatusWord sw = open_short(command.p1 & 0x1F, secured); !sw.ok()) return answer(sw);
    offset = command.p2;
  }
  if (!current_content_) return answer(kNoCurrentFile);
  return slice(current(), offset, *command.le, room, *command.le);
}

// 9303-10 §3.6.6: 00 B1, file in P1 P2 (0000: the current one; up to 001E an SFI; else a file id), offset in DO54,
// answer in DO53. Le counts DO53 as a whole.
apdu::Response LdsApplication::read_binary_odd(const apdu::Command& command, std::size_t room) {
  if (!command.le) return answer(kWrongLength);
  std::size_t offset = 0;
  try {
    asn1::TlvReader in(command.data);
    const base::ByteView value = in.need(0x54);
    in.end();
    if (value.empty() || value.size() > 4) return answer(kWrongData);
    for (const std::uint8_t byte : value) offset = offset << 8 | byte;
  } catch (const asn1::Malformed&) {
    return answer(kWrongData);
  }
  const std::uint16_t file = two_bytes(command.p1, command.p2);
  if (file != 0) {
    const apdu::StatusWord sw = file <= 0x001E    ? open_short(static_cast<std::uint8_t>(file), true)
                                : in_application_ ? open(rule_of_file(file), true)
                                                  : open_in_master_file(file, true);
    if (!sw.ok()) return answer(sw);
  }
  if (!current_content_) return answer(kNoCurrentFile);
  const std::size_t wanted = content_of_do53(*command.le);
  if (wanted == 0) return answer(kWrongLength);
  apdu::Response read = slice(current(), offset, wanted, content_of_do53(room), *command.le);
  if (!read.data.empty()) read.data = asn1::TlvWriter{}.put(0x53, read.data).take();
  return read;
}

apdu::Response LdsApplication::get_challenge(const apdu::Command& command) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (!command.data.empty() || command.le != kBacChallenge) return answer(kWrongLength);
  if (!session_ && (!memory_->access.bac || !memory_->bac)) return answer(kConditionsNotSatisfied);
  if (!session_) memory_.effort().pause = pause_before_access(memory_->failed_accesses);
  challenge_ = random_.bytes(kBacChallenge);
  return {challenge_, kDone};
}

apdu::Response LdsApplication::external_authenticate(const apdu::Command& command, base::ByteView challenge) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (command.data.size() != kBacAuthentication) return answer(kWrongLength);
  if (challenge.empty() || !memory_->bac) return answer(kConditionsNotSatisfied);
  auto success = mutual_authenticate(*memory_->bac, challenge, command.data, random_);
  if (!success) {
    refuse_access();
    return answer(kAuthenticationFailed);
  }
  give_access(std::move(success->session),
              memory_->files.contains(0x0101) ? document_number_of(memory_->files.at(0x0101)) : base::Bytes{});
  return {std::move(success->answer), kDone};
}

// Who guesses waits: the count stands in the memory, so that cutting the power does not shorten the wait.
void LdsApplication::refuse_access() {
  if (memory_->failed_accesses < kMostFailedAccesses) ++memory_.change().failed_accesses;
}

void LdsApplication::give_access(SecureMessaging session, base::Bytes id_picc) {
  if (memory_->failed_accesses != 0) memory_.change().failed_accesses = 0;
  session_ = std::move(session);
  id_picc_ = std::move(id_picc);
  current_file_.reset();
  current_content_.reset();
}

apdu::Response LdsApplication::internal_authenticate(const apdu::Command& command, std::size_t room) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (command.data.size() != kAaChallenge || !command.le) return answer(kWrongLength);
  if (memory_->aa_key.empty()) return answer(kInstructionUnknown);
  if (!in_application_) return answer(kConditionsNotSatisfied);
  if (!aa_key_) aa_key_ = AaKey::load(memory_->aa_key.reveal());
  base::ensure(aa_key_.has_value(), "a personalized chip has its Active Authentication key");
  if (aa_key_->answer_size() > room) return answer(kWrongLength);  // the terminal must ask with an extended Le
  ++(aa_key_->elliptic() ? memory_.effort().agreements : memory_.effort().signatures);
  return {aa_key_->answer(command.data, random_), kDone};
}

// PACE: MSE:Set AT and GENERAL AUTHENTICATE in clear, in the MF or in the application.
apdu::Response LdsApplication::run_pace(const apdu::Command& command) {
  if (command.ins == kManageSecurity) {
    if (command.cla != 0x00) return answer(kChainingUnsupported);
    if (command.p1 == 0xC1 && command.p2 == 0xA4) {
      memory_.effort().pause = pause_before_access(memory_->failed_accesses);
      return answer(pace_.set_at(command.data));
    }
    return answer(command.p1 == 0x41 || command.p1 == 0x81 ? kSecurityNotSatisfied : kWrongParameters);
  }
  apdu::Response response = pace_.general_authenticate(command);
  if (auto success = pace_.take_success()) {
    give_access(std::move(success->session), std::move(success->id_picc));
    if (success->wanted) terminal_authentication_.allow_version_2(std::move(*success->wanted));
  }
  if (response.sw == kAuthenticationFailed) refuse_access();
  return response;
}

void LdsApplication::take_new_keys(ChipAuthenticationSuccess success) {
  next_session_ = std::move(success.session);
  if (success.version_2) return;
  terminal_key_ = std::move(success.terminal_key);
  terminal_authentication_ = TerminalAuthentication(memory_);
}

apdu::Response LdsApplication::manage_security(const apdu::Command& command) {
  switch (command.p1 << 8 | command.p2) {
    case 0x41A4:
      return answer(chip_authentication_.set_at(
          command.data, terminal_authentication_.passed() ? terminal_authentication_.named_key() : base::Bytes{}));
    case 0x41A6: {
      const apdu::StatusWord sw = chip_authentication_.set_kat(command.data);
      if (auto success = chip_authentication_.take_success()) take_new_keys(std::move(*success));
      return answer(sw);
    }
    case 0x81B6:
      return answer(terminal_authentication_.set_dst(command.data));
    case 0x81A4:
      return answer(terminal_authentication_.set_at(command.data));
    default:
      return answer(kWrongParameters);
  }
}

// 00 2A 00 BE, in one extended command or in a chain (CLA 10).
apdu::Response LdsApplication::verify_certificate(const apdu::Command& command) {
  if (command.p1 != 0x00 || command.p2 != 0xBE) return answer(kWrongParameters);
  base::append(chain_, command.data);
  if (chain_.size() > kLongestCertificate) {
    chain_.clear();
    return answer(kWrongLength);
  }
  if (command.cla == 0x10) return answer(kDone);
  const base::Bytes data = std::exchange(chain_, {});
  return answer(terminal_authentication_.verify_certificate(data));
}

// 9303-11 §7.1.5: the signature over ID_PICC ‖ r_PICC ‖ Comp(PK_DH,IFD), after Chip Authentication; in version 2
// (TR-03110-2 §3.3) over the key that the terminal has named for it.
apdu::Response LdsApplication::authenticate_terminal(const apdu::Command& command, base::ByteView challenge) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  const base::Bytes& named = terminal_authentication_.named_key();
  const base::Bytes& key = named.empty() ? terminal_key_ : named;
  if (challenge.empty() || key.empty()) return answer(kConditionsNotSatisfied);
  return answer(terminal_authentication_.authenticate(base::concat({id_picc_, challenge, key}), command.data));
}

}  // namespace simulator
