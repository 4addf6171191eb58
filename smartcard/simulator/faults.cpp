#include "smartcard/simulator/faults.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

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
    case Edit::OtherKey:
      break;
  }
}

[[noreturn]] void lacks(const Fault& fault) {
  throw base::Error(base::Fault::FixConfiguration, "making the false card " + std::string(fault.name),
                    "the chip lacks what is to be changed; take the state of a personalized chip");
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
    case Fault::Where::File: {
      const auto file = state.files.find(fault.target);
      if (file == state.files.end()) lacks(fault);
      if (fault.edit == Edit::Absent) {
        state.files.erase(file);
      } else {
        apply(fault, file->second);
      }
      break;
    }
    case Fault::Where::ActiveAuthenticationKey:
      state.aa_key = AaKey::generate(random).pkcs8();
      break;
    case Fault::Where::AccessKeys:
      state.bac = BacKeys{base::Secret(random.bytes(16)), base::Secret(random.bytes(16))};
      break;
    case Fault::Where::Answer:
      break;
  }
  return state;
}

base::Bytes FalseChip::transmit(base::ByteView command) {
  base::Bytes answer = Chip::transmit(command);
  const base::Bytes before = std::exchange(before_, answer);
  const bool meant = fault_.where == Fault::Where::Answer && command.size() >= 2 && command[0] == fault_.target >> 8 &&
                     command[1] == (fault_.target & 0xFF);
  if (!meant || (++seen_ != fault_.nth && fault_.nth != 0)) return answer;
  if (fault_.edit == Edit::Replay) return before;
  apply(fault_, answer);
  return answer;
}

}  // namespace simulator
