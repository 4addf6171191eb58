#include "smartcard/simulator/link_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"

namespace simulator {

namespace {

constexpr std::size_t kLongestCommand = 65535;  // data of an extended APDU
constexpr std::size_t kExtendedHeader = 7;      // CLA INS P1 P2 and Lc of three octets
constexpr std::size_t kStatusWord = 2;

std::size_t parts(std::size_t octets, std::size_t of) {
  return std::max<std::size_t>(1, (octets + of - 1) / of);
}

bool is_protected(std::uint8_t cla) {
  return (cla & 0x0C) != 0;
}

}  // namespace

const LinkKind& link_named(std::string_view name) {
  const auto found = std::ranges::find(link_kinds(), name, &LinkKind::name);
  if (found == link_kinds().end()) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      "there is no such link; --link list tells them");
  }
  return *found;
}

Microseconds LinkModel::on_the_wire(std::size_t octets) const {
  const auto sent = [this](std::size_t count) {
    return Microseconds(1e6 * static_cast<double>(count) * link_.bits_per_octet / link_.bits_per_second);
  };
  const std::size_t frames = parts(octets, link_.frame_octets);
  const auto waits = static_cast<double>(frames + (frames - 1));  // after each frame, and after each acknowledgement
  return sent(octets + frames * link_.frame_overhead) + sent((frames - 1) * link_.frame_overhead) +
         waits * link_.turnaround;
}

Microseconds LinkModel::of_processor(const Effort& effort) const {
  return effort.agreements * card_.agreement + effort.verifications * card_.verification +
         effort.signatures * card_.signature + effort.signing_keys * card_.signing_key;
}

// A change that is whole or not at all costs a page more, in which the card notes that it is whole.
Microseconds LinkModel::of_memory(std::size_t octets, std::uint32_t changes) const {
  const std::size_t pages = octets == 0 ? 0 : parts(octets, card_.page_octets);
  return static_cast<double>(pages + changes) * card_.page;
}

void LinkModel::count(base::ByteView command, base::ByteView answer, const Effort& effort) {
  ++commands_;
  octets_in_ += command.size();
  octets_out_ += answer.size();
  time_.wire += on_the_wire(command.size()) + on_the_wire(answer.size());
  time_.processor += card_.command + of_processor(effort);
  if (!command.empty() && is_protected(command[0])) {
    time_.processor += static_cast<double>(command.size() + answer.size()) * card_.cipher_octet;
  }
  time_.memory += of_memory(effort.written, effort.changes);
  time_.pause += effort.pause;
}

ModelTime LinkModel::floor(std::size_t octets, const Effort& keys) const {
  const std::size_t commands = parts(octets, kLongestCommand);
  const auto each = static_cast<double>(commands);
  ModelTime least;
  least.wire = on_the_wire(octets + commands * kExtendedHeader) + each * on_the_wire(kStatusWord);
  least.processor = each * card_.command + static_cast<double>(octets) * card_.cipher_octet + of_processor(keys);
  least.memory = of_memory(octets, 1);
  return least;
}

std::string LinkModel::report() const {
  const auto whole = [](Microseconds time) { return std::llround(time.count()); };
  const nlohmann::ordered_json json = {{"link", link_.name},
                                       {"commands", commands_},
                                       {"octets_to_card", octets_in_},
                                       {"octets_from_card", octets_out_},
                                       {"microseconds",
                                        {{"wire", whole(time_.wire)},
                                         {"processor", whole(time_.processor)},
                                         {"memory", whole(time_.memory)},
                                         {"pause", whole(time_.pause)},
                                         {"total", whole(time_.total())}}}};
  return json.dump(2) + "\n";
}

}  // namespace simulator
