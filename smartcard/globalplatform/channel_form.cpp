#include "smartcard/globalplatform/channel_form.h"

namespace globalplatform {

namespace {

using base::Bytes;
using base::ByteView;

constexpr std::size_t kMac = 8;  // of SCP02

Bytes part(ByteView of, std::size_t at, std::size_t octets) {
  const ByteView view = of.subspan(at, octets);
  return {view.begin(), view.end()};
}

// KDD(10) ‖ key version ‖ 02 ‖ sequence counter(2) ‖ card challenge(6) ‖ card cryptogram(8).
std::optional<InitializeUpdate> parse_scp02(ByteView answer) {
  if (answer.size() != 28) return std::nullopt;
  return InitializeUpdate{.kdd = part(answer, 0, 10),
                          .key_version = answer[10],
                          .protocol = Protocol::Scp02,
                          .parameter = 0,
                          .card_challenge = part(answer, 14, 6),
                          .card_cryptogram = part(answer, 20, 8),
                          .sequence_counter = part(answer, 12, 2)};
}

// KDD(10) ‖ key version ‖ 03 ‖ i ‖ card challenge ‖ card cryptogram [‖ sequence counter(3)].
std::optional<InitializeUpdate> parse_scp03(ByteView answer) {
  constexpr std::size_t kHead = 13;
  constexpr std::size_t kSequenceCounter = 3;
  constexpr std::uint8_t kS16 = 0x01;  // i, Amendment D table 5-1
  if (answer.size() < kHead) return std::nullopt;
  const std::size_t size = octets_of((answer[12] & kS16) != 0 ? Mode::S16 : Mode::S8);
  const std::size_t fixed = kHead + 2 * size;
  if (answer.size() != fixed && answer.size() != fixed + kSequenceCounter) return std::nullopt;
  return InitializeUpdate{.kdd = part(answer, 0, 10),
                          .key_version = answer[10],
                          .protocol = Protocol::Scp03,
                          .parameter = answer[12],
                          .card_challenge = part(answer, kHead, size),
                          .card_cryptogram = part(answer, kHead + size, size),
                          .sequence_counter = part(answer, fixed, answer.size() - fixed)};
}

}  // namespace

std::optional<SecurityLevel> security_level(std::uint8_t value) {
  switch (value) {
    case 0x01:
    case 0x03:
    case 0x11:
    case 0x13:
    case 0x33:
      return static_cast<SecurityLevel>(value);
    default:
      return std::nullopt;
  }
}

std::size_t largest_plain_data(const ChannelForm& form, std::size_t room) {
  const bool scp02 = form.protocol == Protocol::Scp02;
  const std::size_t mac = scp02 ? kMac : octets_of(form.mode);
  const std::size_t block = scp02 ? 8 : 16;
  const std::size_t blocks = room < mac ? 0 : (room - mac) / block;
  return blocks == 0 ? 0 : blocks * block - 1;
}

std::optional<InitializeUpdate> parse_initialize_update(ByteView answer) {
  if (answer.size() < 12) return std::nullopt;
  switch (answer[11]) {
    case static_cast<std::uint8_t>(Protocol::Scp02):
      return parse_scp02(answer);
    case static_cast<std::uint8_t>(Protocol::Scp03):
      return parse_scp03(answer);
    default:
      return std::nullopt;
  }
}

bool speaks(const InitializeUpdate& card, const ChannelForm& form) {
  if (card.protocol != form.protocol) return false;
  return form.protocol == Protocol::Scp02 || card.card_challenge.size() == octets_of(form.mode);
}

}  // namespace globalplatform
