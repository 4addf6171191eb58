// Active Authentication, the terminal's side: ICAO Doc 9303-11 §6.1.

#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "smartcard/access/access.h"
#include "smartcard/access/chip_key.h"

namespace chip_access {

namespace {

constexpr std::size_t kChallenge = 8;
// What a short answer can carry under secure messaging with 3DES: 256 bytes less DO87's 5, DO99's 4, DO8E's 10 and the
// padding.
constexpr std::size_t kShortUnderSecureMessaging = 231;
constexpr std::uint32_t kShortLe = 256;
constexpr std::uint32_t kExtendedLe = 65536;

base::Findings failed(std::string why) {
  base::Findings findings;
  findings.fail("ACTIVE_AUTHENTICATION_FAILED", "active authentication", std::move(why));
  return findings;
}

// INTERNAL AUTHENTICATE 00 88 00 00 08 RND.IFD Le. Chips differ in the Le they take: the likelier form first, on 6700
// the other one. A reader that cannot carry the answer says nothing about the card, so that is no finding.
apdu::Response internal_authenticate(transport::Channel& chip, base::ByteView challenge, std::size_t expected) {
  const bool long_answer = expected > kShortUnderSecureMessaging;
  apdu::Command command{0x00, 0x88, 0x00, 0x00, {challenge.begin(), challenge.end()}, kShortLe};
  if (long_answer && chip.extended_length()) command.le = kExtendedLe;
  apdu::Response answer = chip.transmit(command);
  if (answer.sw.value != 0x6700) return answer;
  if (!chip.extended_length()) {
    throw base::Error(base::Fault::AskOperator, "active authentication",
                      "the chip's answer is longer than this reader carries: use a reader with extended length");
  }
  command.le = command.le == kShortLe ? kExtendedLe : kShortLe;
  return chip.transmit(command);
}

}  // namespace

std::optional<asn1::Oid> active_authentication_algorithm(const lds::SecurityInfos& dg14) {
  if (dg14.active_authentication.empty()) return std::nullopt;
  return dg14.active_authentication.front().signature_algorithm;
}

base::Findings active_authentication(transport::Channel& chip, base::ByteView dg15, base::Random& random,
                                     const std::optional<asn1::Oid>& algorithm) {
  const auto parsed = ChipKey::parse(dg15, algorithm);
  if (const auto* why = std::get_if<std::string>(&parsed)) return failed(fmt::format("EF.DG15 is unusable: {}", *why));
  const auto& key = std::get<ChipKey>(parsed);
  const base::Bytes challenge = random.bytes(kChallenge);
  const apdu::Response answer = internal_authenticate(chip, challenge, key.signature_size());
  if (!answer.sw.ok()) return failed(fmt::format("the chip refused: {}", apdu::describe(answer.sw)));
  if (std::string why = key.judge(challenge, answer.data); !why.empty()) return failed(std::move(why));
  return {};
}

std::string chip_key_fault(base::ByteView dg15) {
  const auto parsed = ChipKey::parse(dg15);
  const auto* const why = std::get_if<std::string>(&parsed);
  return why != nullptr ? *why : std::string{};
}

bool verify_active_authentication(base::ByteView dg15, base::ByteView challenge, base::ByteView signature,
                                  const std::optional<asn1::Oid>& algorithm) {
  const auto parsed = ChipKey::parse(dg15, algorithm);
  const auto* const key = std::get_if<ChipKey>(&parsed);
  return key != nullptr && key->judge(challenge, signature).empty();
}

}  // namespace chip_access
