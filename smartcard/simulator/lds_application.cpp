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

constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kReadBinary = 0xB0;
constexpr std::uint8_t kReadBinaryOdd = 0xB1;
constexpr std::uint8_t kGetChallenge = 0x84;
constexpr std::uint8_t kExternalAuthenticate = 0x82;
constexpr std::uint8_t kInternalAuthenticate = 0x88;

constexpr std::size_t kAaChallenge = 8;
constexpr std::size_t kShortAnswer = 256;

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

}  // namespace

void LdsApplication::forget() {
  session_.reset();
  challenge_.clear();
  current_file_.reset();
  aa_key_.reset();
}

apdu::Response LdsApplication::selected(const apdu::Command& select) {
  current_file_.reset();
  if (select.p2 == 0x0C || !select.le) return answer(kDone);
  return {asn1::TlvWriter{}.put(0x6F, asn1::TlvWriter{}.put(0x84, kLdsAid)).take(), kDone};
}

apdu::Response LdsApplication::process(const apdu::Command& command) {
  const base::Bytes challenge = std::exchange(challenge_, {});  // good for the very next command only
  if (command.cla == 0x0C) return process_secured(command);
  session_.reset();  // a plain command ends secure messaging and the access it gave
  return process_plain(command, challenge);
}

apdu::Response LdsApplication::process_plain(const apdu::Command& command, base::ByteView challenge) {
  switch (command.ins) {
    case kSelect:
      return select_inside(command, false);
    case kGetChallenge:
      return get_challenge(command);
    case kExternalAuthenticate:
      return external_authenticate(command, challenge);
    case kReadBinary:
    case kReadBinaryOdd:
    case kInternalAuthenticate:
      return answer(kSecurityNotSatisfied);
    default:
      return answer(kInstructionUnknown);
  }
}

apdu::Response LdsApplication::process_secured(const apdu::Command& command) {
  if (!session_) return answer(kObjectsIncorrect);
  const auto unwrapped = session_->unwrap(command);
  if (const auto* const error = std::get_if<apdu::StatusWord>(&unwrapped)) {
    forget();
    return answer(*error);
  }
  const std::size_t room = SecureMessaging::largest_data(room_for_answer(command));
  const apdu::Response inner = process_inner(std::get<apdu::Command>(unwrapped), room);
  return session_->wrap(inner, (command.ins & 0x01) != 0);
}

apdu::Response LdsApplication::process_inner(const apdu::Command& command, std::size_t room) {
  switch (command.ins) {
    case kSelect:
      return select_inside(command, true);
    case kReadBinary:
      return read_binary(command, room);
    case kReadBinaryOdd:
      return read_binary_odd(command, room);
    case kInternalAuthenticate:
      return internal_authenticate(command, room);
    case kGetChallenge:
    case kExternalAuthenticate:
      return answer(kConditionsNotSatisfied);
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
  const FileRule* const rule = rule_of_file(two_bytes(command.data[0], command.data[1]));
  if (const apdu::StatusWord sw = open(rule, secured); !sw.ok()) return answer(sw);
  if (command.p2 == 0x0C || !command.le) return answer(kDone);
  return {file_control(*rule, memory_->files.at(rule->id).size()), kDone};
}

apdu::StatusWord LdsApplication::open(const FileRule* rule, bool secured) {
  if (rule == nullptr) return kFileNotFound;
  if (rule->read == ReadRule::AfterExtendedAccess) return kSecurityNotSatisfied;
  if (rule->read == ReadRule::AfterAccessControl && !secured) return kSecurityNotSatisfied;
  if (!memory_->files.contains(rule->id)) return kFileNotFound;
  current_file_ = rule->id;
  return kDone;
}

// 9303-10 §3.6.3: 00 B0, offset in P1 P2, or P1 = 80 + SFI and an offset of one byte in P2.
apdu::Response LdsApplication::read_binary(const apdu::Command& command, std::size_t room) {
  if (!command.data.empty() || !command.le) return answer(kWrongLength);
  std::size_t offset = two_bytes(command.p1, command.p2);
  if ((command.p1 & 0x80) != 0) {
    if ((command.p1 & 0x60) != 0) return answer(kWrongParameters);
    if (const apdu::StatusWord sw = open(rule_of_sfi(command.p1 & 0x1F), true); !sw.ok()) return answer(sw);
    offset = command.p2;
  }
  if (!current_file_) return answer(kNoCurrentFile);
  return slice(memory_->files.at(*current_file_), offset, *command.le, room, *command.le);
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
    const FileRule* const rule = file <= 0x001E ? rule_of_sfi(static_cast<std::uint8_t>(file)) : rule_of_file(file);
    if (const apdu::StatusWord sw = open(rule, true); !sw.ok()) return answer(sw);
  }
  if (!current_file_) return answer(kNoCurrentFile);
  const std::size_t wanted = content_of_do53(*command.le);
  if (wanted == 0) return answer(kWrongLength);
  apdu::Response read = slice(memory_->files.at(*current_file_), offset, wanted, content_of_do53(room), *command.le);
  if (!read.data.empty()) read.data = asn1::TlvWriter{}.put(0x53, read.data).take();
  return read;
}

apdu::Response LdsApplication::get_challenge(const apdu::Command& command) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (!command.data.empty() || command.le != kBacChallenge) return answer(kWrongLength);
  challenge_ = random_.bytes(kBacChallenge);
  return {challenge_, kDone};
}

apdu::Response LdsApplication::external_authenticate(const apdu::Command& command, base::ByteView challenge) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (command.data.size() != kBacAuthentication) return answer(kWrongLength);
  if (challenge.empty()) return answer(kConditionsNotSatisfied);
  auto success = mutual_authenticate(*memory_->bac, challenge, command.data, random_);
  if (!success) return answer(kAuthenticationFailed);
  session_ = std::move(success->session);
  current_file_.reset();
  return {std::move(success->answer), kDone};
}

apdu::Response LdsApplication::internal_authenticate(const apdu::Command& command, std::size_t room) {
  if (command.p1 != 0 || command.p2 != 0) return answer(kWrongParameters);
  if (command.data.size() != kAaChallenge || !command.le) return answer(kWrongLength);
  if (!aa_key_) aa_key_ = AaKey::load(memory_->aa_key.reveal());
  base::ensure(aa_key_.has_value(), "a personalized chip has its Active Authentication key");
  if (aa_key_->modulus().size() > room) return answer(kWrongLength);  // the terminal must ask with an extended Le
  return {aa_key_->answer(command.data, random_), kDone};
}

}  // namespace simulator
