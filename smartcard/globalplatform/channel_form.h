#pragma once
// What the two ends of a GlobalPlatform secure channel agree on besides the keys, and how a card says with which
// protocol it answers: SCP02 (GPCS v2.3 Annex E) or SCP03 (GPCS v2.3 Amendment D).

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"

namespace globalplatform {

enum class Protocol : std::uint8_t { Scp02 = 0x02, Scp03 = 0x03 };

// P1 of EXTERNAL AUTHENTICATE: Amendment D §7.1.2.1; GPCS v2.3 table E-11, which has no R-ENC.
enum class SecurityLevel : std::uint8_t {
  CMac = 0x01,
  CMacEnc = 0x03,
  CMacRMac = 0x11,
  CMacEncRMac = 0x13,
  Full = 0x33,  // C-MAC, C-ENC, R-MAC, R-ENC
};
// nullopt for a value that Amendment D does not name.
std::optional<SecurityLevel> security_level(std::uint8_t value);

// Amendment D §5.1: how long a challenge, a cryptogram and a MAC of SCP03 on the wire are.
enum class Mode : std::uint8_t { S8 = 8, S16 = 16 };
constexpr std::size_t octets_of(Mode mode) {
  return static_cast<std::size_t>(mode);
}

// "i" of SCP02, GPCS v2.3 table E-1. All of them begin explicitly, have three keys, and chain the C-MAC of the modified
// APDU to the one before, which is enciphered. I35 and I75 offer an R-MAC; the card challenge of I55 and I75 follows
// from the sequence counter. The other options are not spoken here.
enum class Scp02Option : std::uint8_t { I15 = 0x15, I35 = 0x35, I55 = 0x55, I75 = 0x75 };
constexpr bool offers_r_mac(Scp02Option option) {
  return (static_cast<std::uint8_t>(option) & 0x20) != 0;
}
// All that the option protects; no R-ENC.
constexpr SecurityLevel highest_level(Scp02Option option) {
  return offers_r_mac(option) ? SecurityLevel::CMacEncRMac : SecurityLevel::CMacEnc;
}

struct ChannelForm {
  Protocol protocol = Protocol::Scp03;
  Mode mode = Mode::S8;                   // SCP03; SCP02 has no other host challenge than one of 8 octets
  Scp02Option option = Scp02Option::I55;  // SCP02
  SecurityLevel level = SecurityLevel::Full;
};
// The largest data of one command of `room` octets of data once it is enciphered and carries its C-MAC: padding takes
// at least one octet, and blocks of 16 (SCP02: 8) are filled (Amendment D §6.2.4, §6.2.6; GPCS §E.4.4, §E.4.6). Zero
// when not one block fits.
std::size_t largest_plain_data(const ChannelForm& form, std::size_t room);

// The answer to INITIALIZE UPDATE: Amendment D §7.1.1.6, GPCS v2.3 table E-8.
struct InitializeUpdate {
  base::Bytes kdd;  // key diversification data, 10 bytes
  std::uint8_t key_version = 0;
  Protocol protocol = Protocol::Scp03;
  std::uint8_t parameter = 0;    // i of SCP03; SCP02 does not tell it here
  base::Bytes card_challenge;    // 8 or 16 bytes; SCP02: 6
  base::Bytes card_cryptogram;   // 8 or 16 bytes; SCP02: 8
  base::Bytes sequence_counter;  // 3 bytes, or none with random challenges; SCP02: 2
};
// nullopt unless it is an answer of SCP02, or one of SCP03 whose length is that of the mode which its parameter names.
std::optional<InitializeUpdate> parse_initialize_update(base::ByteView answer);

// Whether the card speaks what the form demands: this protocol and, of SCP03, this mode. A form of one protocol is
// never served by the other.
bool speaks(const InitializeUpdate& card, const ChannelForm& form);

}  // namespace globalplatform
