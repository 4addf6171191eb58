#pragma once
// Secure Channel Protocol 03, the host's side: GPCS v2.3 Amendment D, with AES-128, -192 and -256. A session is opened
// by open_secure_channel(), which sends EXTERNAL AUTHENTICATE only after the card has proved its keys: a wrong key set
// costs the card no try.

#include <memory>
#include <optional>
#include <span>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/globalplatform/keys.h"
#include "smartcard/transport/session_channel.h"

namespace globalplatform {

// Amendment D §7.1.2.1, P1 of EXTERNAL AUTHENTICATE.
enum class SecurityLevel : std::uint8_t {
  CMac = 0x01,
  CMacEnc = 0x03,
  CMacRMac = 0x11,
  CMacEncRMac = 0x13,
  Full = 0x33,  // C-MAC, C-ENC, R-MAC, R-ENC
};
// nullopt for a value that Amendment D does not name.
std::optional<SecurityLevel> security_level(std::uint8_t value);

// Amendment D §5.1: how long a challenge, a cryptogram and a MAC on the wire are.
enum class Mode : std::uint8_t { S8 = 8, S16 = 16 };
constexpr std::size_t octets_of(Mode mode) {
  return static_cast<std::size_t>(mode);
}

// What the two ends agree on besides the keys.
struct ChannelForm {
  Mode mode = Mode::S8;
  SecurityLevel level = SecurityLevel::Full;
};
// The largest data of one command of `room` octets of data once it is enciphered and carries its C-MAC: padding takes
// at least one octet, and blocks of 16 are filled (§6.2.4, §6.2.6). Zero when not one block fits.
std::size_t largest_plain_data(Mode mode, std::size_t room);

// The answer to INITIALIZE UPDATE, Amendment D §7.1.1.6.
struct InitializeUpdate {
  base::Bytes kdd;  // key diversification data, 10 bytes
  std::uint8_t key_version = 0;
  std::uint8_t protocol = 0;                    // 03
  std::uint8_t parameter = 0;                   // i
  base::Bytes card_challenge, card_cryptogram;  // 8 bytes each, or 16
  base::Bytes sequence_counter;                 // 3 bytes, or none with random challenges
};
// nullopt unless it is an answer of SCP03 whose length is that of the mode which its parameter names.
std::optional<InitializeUpdate> parse_initialize_update(base::ByteView answer);

// The session after INITIALIZE UPDATE: keys derived, nothing proved yet. The challenges are alike and of the mode's
// length (ensure).
class Scp03Session {
 public:
  Scp03Session(const KeySet& keys, SecurityLevel level, base::ByteView host_challenge, base::ByteView card_challenge);

  // Whether the card knows the keys. EXTERNAL AUTHENTICATE must not be made before it says yes (ensured).
  bool verify_card(base::ByteView card_cryptogram);
  apdu::Command external_authenticate();

  // Commands and answers alternate. An answer whose R-MAC or padding is wrong wipes the keys and throws
  // Error{TreatAsAttack}; error status words carry no R-MAC (Amendment D §6.2.5) and come back as they are.
  apdu::Command wrap(const apdu::Command& command);
  apdu::Response unwrap(const apdu::Response& response);

  bool alive() const { return alive_; }
  void end() noexcept;

 private:
  bool has(std::uint8_t bit) const { return (static_cast<std::uint8_t>(level_) & bit) != 0; }
  void append_c_mac(apdu::Command& command);
  base::Bytes icv(std::uint8_t first_byte) const;
  [[noreturn]] void refuse(std::string_view what);

  SecurityLevel level_;
  std::size_t size_;  // of challenge, cryptogram and MAC
  base::Secret s_enc_, s_mac_, s_rmac_;
  base::Bytes card_cryptogram_, host_cryptogram_;  // expected, to send
  base::Bytes chain_ = base::Bytes(16);            // MAC chaining value
  std::uint64_t counter_ = 0;                      // of commands, for C-ENC and R-ENC
  bool card_proved_ = false;
  bool alive_ = true;
};

// A session as a Channel: commands with CLA 80 go in, protected ones (CLA 84) to the card.
using SecureChannel = transport::SessionChannel<Scp03Session>;

// The security domain is selected already. One INITIALIZE UPDATE, and the card's cryptogram is held against each
// candidate in turn: so a chip whose PUT KEY was torn says under which keys it stands, and no try is spent on it.
// Findings instead of a channel: CHIP_KEYS_WRONG (the card cryptogram is of none of these keys: stopped before EXTERNAL
// AUTHENTICATE), CHIP_STATE_UNEXPECTED (the card knows no such key version, speaks another protocol or mode, blocks the
// key set, or refuses our cryptogram although its own was right). Key version 00 is the card's first key set.
struct OpenedChannel {
  std::unique_ptr<SecureChannel> channel;
  std::optional<InitializeUpdate> card;
  std::size_t candidate = 0;  // which key set the card holds
  base::Findings findings;
};
OpenedChannel open_secure_channel(transport::Channel& card, std::uint8_t key_version,
                                  std::span<const KeySet* const> candidates, ChannelForm form, base::Random& random);

}  // namespace globalplatform
