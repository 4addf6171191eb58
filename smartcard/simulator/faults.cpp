#include "smartcard/simulator/faults.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/group.h"

namespace simulator {

namespace {

// Where the last octet of the outer TLV's length stands; the tags of these files have one octet.
std::size_t length_at(base::ByteView file) {
  return file[1] < 0x80 ? 1 : 1U + (file[1] & 0x7FU);
}

void apply(const Fault& fault, base::Bytes& bytes) {
  const base::Bytes octets = base::hex(fault.octets);
  const std::ptrdiff_t index = fault.at < 0 ? std::ssize(bytes) + fault.at : fault.at;
  if (fault.edit == Edit::Whole) {
    bytes = octets;
    return;
  }
  if (bytes.size() < 2 || index < 0 || index >= std::ssize(bytes)) return;  // too short an answer to be changed there
  const auto at = bytes.begin() + index;
  const std::size_t left = bytes.size() - static_cast<std::size_t>(index);
  switch (fault.edit) {
    case Edit::Flip:
      *at ^= 0x01;
      break;
    case Edit::Put:
      std::copy_n(octets.begin(), std::min(octets.size(), left), at);
      break;
    case Edit::Insert:
      bytes.insert(at, octets.begin(), octets.end());
      break;
    case Edit::Remove:
      bytes.erase(at, at + static_cast<std::ptrdiff_t>(std::min(fault.count, left)));
      break;
    case Edit::Half:
      bytes.resize(bytes.size() / 2);
      break;
    case Edit::Longer:
      ++bytes.at(length_at(bytes));
      break;
    case Edit::Shorter:
      --bytes.at(length_at(bytes));
      break;
    case Edit::Whole:
    case Edit::Absent:
    case Edit::Replay:
    case Edit::Reflect:
    case Edit::OtherKey:
    case Edit::OtherKeyNamed:
      break;
  }
}

[[noreturn]] void lacks(const Fault& fault) {
  throw base::Error(base::Fault::FixConfiguration, "making the false card " + std::string(fault.name),
                    "the chip lacks what is to be changed; take the state of a personalized chip");
}

using Files = std::map<std::uint16_t, base::Bytes>;

void change_file(Files& files, const Fault& fault) {
  const auto file = files.find(fault.target);
  if (file == files.end()) lacks(fault);
  if (fault.edit == Edit::Absent) {
    files.erase(file);
  } else {
    apply(fault, file->second);
  }
}

// The new public key where the file names the old one; both are equally long.
void rename_key(Files& files, std::uint16_t id, base::ByteView old_key, base::ByteView new_key, const Fault& fault) {
  const auto file = files.find(id);
  if (file == files.end()) lacks(fault);
  const auto at = std::search(file->second.begin(), file->second.end(), old_key.begin(), old_key.end());
  if (at == file->second.end() || old_key.size() != new_key.size()) lacks(fault);
  std::ranges::copy(new_key, at);
}

void change_aa_key(State& state, const Fault& fault, base::Random& random) {
  const auto old_key = AaKey::load(state.aa_key.reveal());
  if (!old_key) lacks(fault);
  const AaKey key = AaKey::generate(random, old_key->kind());
  state.aa_key = key.pkcs8();
  if (fault.edit != Edit::OtherKeyNamed) return;
  const auto name_of = [](const AaKey& one) { return one.elliptic() ? one.point() : one.modulus(); };
  rename_key(state.files, 0x010F, name_of(*old_key), name_of(key), fault);
}

void change_chip_keys(State& state, const Fault& fault, base::Random& random) {
  if (state.chip_keys.empty()) lacks(fault);
  if (fault.edit == Edit::Absent) {
    state.chip_keys.clear();
    return;
  }
  for (ChipKey& key : state.chip_keys) {
    const auto group = Group::standardized(key.parameters);
    if (!group) lacks(fault);
    const auto public_key = [&] { return group->multiply(group->generator(), key.secret.reveal(), random); };
    const base::Bytes old_key = public_key();
    key.secret = group->random_number(random);
    if (fault.edit == Edit::OtherKeyNamed) rename_key(state.files, 0x010E, old_key, public_key(), fault);
  }
}

void change_access_keys(State& state, base::Random& random) {
  state.bac = BacKeys{base::Secret(random.bytes(16)), base::Secret(random.bytes(16))};
  for (auto& [reference, secret] : state.pace) secret = random.secret(secret.size());
}

// 9303-11 §4.4.3.5: the answer { 7C { 82|84 key } } with the terminal's key of { 7C { 81|83 key } }. What carries none
// is answered as it would have been.
void reflect(base::ByteView raw, base::Bytes& answer) {
  const auto command = apdu::decode_command(raw);
  try {
    asn1::TlvReader in(command ? base::ByteView(command->data) : base::ByteView{});
    asn1::TlvReader dynamic(in.need(0x7C));
    const auto object = dynamic.next();
    answer = asn1::TlvWriter{}.put(0x7C, asn1::TlvWriter{}.put(object.tag + 1, object.value)).take();
    base::append(answer, base::hex("9000"));
  } catch (const asn1::Malformed&) {
    return;
  }
}

}  // namespace

const Fault& fault_named(std::string_view name) {
  const auto found = std::ranges::find(faults(), name, &Fault::name);
  if (found == faults().end()) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "there is no such fault; --fault list tells them");
  }
  return *found;
}

State with_fault(State state, const Fault& fault, base::Random& random) {
  switch (fault.where) {
    case Fault::Where::File:
      change_file(state.files, fault);
      break;
    case Fault::Where::MasterFile:
      change_file(state.master_files, fault);
      break;
    case Fault::Where::Reading:
      if (!state.files.contains(fault.target)) lacks(fault);
      break;
    case Fault::Where::ActiveAuthenticationKey:
      change_aa_key(state, fault, random);
      break;
    case Fault::Where::ChipKeys:
      change_chip_keys(state, fault, random);
      break;
    case Fault::Where::AccessKeys:
      change_access_keys(state, random);
      break;
    case Fault::Where::TrustPoints:
      if (state.trust_points.empty()) lacks(fault);
      state.trust_points.clear();
      break;
    case Fault::Where::NewKeys:
      if (state.chip_keys.empty()) lacks(fault);
      break;
    case Fault::Where::Answer:
    case Fault::Where::Protected:
      break;
  }
  return state;
}

bool FalseChip::is_meant(std::uint8_t cla, std::uint8_t ins) {
  const auto is = [&](std::uint16_t which) { return cla == which >> 8 && ins == (which & 0xFF); };
  const bool meant = (counting_ || fault_.after == 0) && is(fault_.target);
  counting_ = counting_ || is(fault_.after);
  return meant && (++seen_ == fault_.nth || fault_.nth == 0);
}

base::Bytes FalseChip::transmit(base::ByteView command) {
  base::Bytes answer = Chip::transmit(command);
  const base::Bytes before = std::exchange(before_, answer);
  if (fault_.where != Fault::Where::Answer || command.size() < 2 || !is_meant(command[0], command[1])) return answer;
  if (fault_.edit == Edit::Replay) return before;
  if (fault_.edit == Edit::Reflect) {
    reflect(command, answer);
  } else {
    apply(fault_, answer);
  }
  return answer;
}

void FalseChip::opened(std::uint16_t file, base::Bytes& content) {
  const bool meant = fault_.where == Fault::Where::Reading && file == fault_.target;
  if (meant && ++seen_ >= fault_.nth) apply(fault_, content);
}

void FalseChip::answered(const apdu::Command& command, apdu::Response& response) {
  if (fault_.where != Fault::Where::Protected || !is_meant(command.cla, command.ins)) return;
  base::Bytes answer = apdu::encode(response);
  apply(fault_, answer);
  if (const auto changed = apdu::decode_response(answer)) response = *changed;
}

}  // namespace simulator
