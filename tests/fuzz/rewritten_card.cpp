#include "tests/fuzz/rewritten_card.h"

#include <algorithm>
#include <utility>

#include "pki/base/core/error.h"
#include "smartcard/transport/whole_response.h"

namespace fuzz {

namespace {

using base::Bytes;
using base::ByteView;

constexpr std::size_t kHead = 5;  // place, number, rewriting, offset
constexpr std::size_t kStatusWord = 2;

std::size_t two_octets(ByteView octets) {
  return static_cast<std::size_t>(octets[0]) << 8 | octets[1];
}

void apply(const Change& change, const Bytes& before, Bytes& octets) {
  const std::size_t at = std::min<std::size_t>(change.at, octets.size());
  const auto from = octets.begin() + static_cast<std::ptrdiff_t>(at);
  const auto& put = change.octets;
  switch (change.rewriting) {
    case Rewriting::Put:
      octets.resize(std::max(octets.size(), at + put.size()));
      std::ranges::copy(put, octets.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case Rewriting::Cut: {  // what is said, not the status word behind it
      const std::size_t end = change.place == Place::File ? octets.size() : octets.size() - kStatusWord;
      if (at < end) octets.erase(from, octets.begin() + static_cast<std::ptrdiff_t>(end));
      break;
    }
    case Rewriting::Whole:
      octets = put;
      break;
    case Rewriting::Insert:
      octets.insert(from, put.begin(), put.end());
      break;
    case Rewriting::Remove: {
      const std::size_t count = put.empty() ? 1 : put[0];
      octets.erase(from, from + static_cast<std::ptrdiff_t>(std::min(count, octets.size() - at)));
      break;
    }
    case Rewriting::StatusWord:
      if (octets.size() >= kStatusWord && put.size() >= kStatusWord) {
        std::copy_n(put.begin(), kStatusWord, octets.end() - kStatusWord);
      }
      break;
    case Rewriting::Before:
      octets = before;
      break;
  }
}

}  // namespace

std::vector<Change> read_changes(ByteView script) {
  std::vector<Change> out;
  while (script.size() >= 2) {
    const std::size_t size = std::min(two_octets(script), script.size() - 2);
    const ByteView piece = script.subspan(2, size);
    script = script.subspan(2 + size);
    if (piece.size() < kHead) continue;
    const ByteView octets = piece.subspan(kHead);
    out.push_back({static_cast<Place>(piece[0] % 3),
                   piece[1],
                   static_cast<Rewriting>(piece[2] % 7),
                   static_cast<std::uint16_t>(two_octets(piece.subspan(3))),
                   {octets.begin(), octets.end()}});
  }
  return out;
}

Bytes script_of(const std::vector<Change>& changes) {
  Bytes out;
  const auto put = [&out](std::size_t number) {
    base::append(out, Bytes{static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
  };
  for (const Change& change : changes) {
    put(kHead + change.octets.size());
    base::append(out, Bytes{static_cast<std::uint8_t>(change.place), change.number,
                            static_cast<std::uint8_t>(change.rewriting)});
    put(change.at);
    base::append(out, change.octets);
  }
  return out;
}

RewrittenCard::RewrittenCard(simulator::StateStore& store, base::Random& random, ByteView script)
    : chip_(store, random, *this), changes_(read_changes(script)) {}

void RewrittenCard::rewrite(Place place, Bytes& octets) {
  const std::size_t number = count_[place]++;
  if (number < kEach) {
    said_.push_back({place, static_cast<std::uint8_t>(number), Rewriting::Whole, 0, octets});
  }
  Bytes before = std::exchange(before_[place], octets);
  for (const Change& change : changes_) {
    if (change.place == place && (change.number == number || change.number == kEach)) apply(change, before, octets);
  }
}

void RewrittenCard::opened(std::uint16_t, Bytes& content) {
  rewrite(Place::File, content);
}

// What cannot be said, because it has no status word, is not said.
void RewrittenCard::answered(const apdu::Command& command, apdu::Response& response) {
  const Bytes honest = apdu::encode(response);
  Bytes answer = honest;
  rewrite(Place::Inside, answer);
  if (const auto changed = apdu::decode_response(answer)) {
    changed_a_proof_ |= command.ins == 0x88 && answer != honest;
    response = *changed;
  }
}

// One exchange over the wire.
apdu::Response RewrittenCard::once(const apdu::Command& command) {
  if (++commands_ > kMostCommands) throw Endless{};
  const Bytes honest = chip_.transmit(apdu::encode(command));
  Bytes answer = honest;
  rewrite(Place::Wire, answer);
  const bool proves = (command.cla & 0x0C) != 0 || command.ins == 0x82 || command.ins == 0x86;
  changed_a_proof_ |= proves && answer != honest;
  const auto response = apdu::decode_response(answer);
  if (!response) throw base::Error(base::Fault::PresentCardAgain, "asking a rewritten card", "it was cut off");
  return *response;
}

apdu::Response RewrittenCard::transmit(const apdu::Command& command) {
  return transport::whole_response([this](const apdu::Command& part) { return once(part); }, command);
}

}  // namespace fuzz
