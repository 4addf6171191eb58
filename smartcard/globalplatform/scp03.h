#pragma once
// Secure Channel Protocol 03, the host's side: GPCS v2.3 Amendment D (S8 mode: challenges, cryptograms and MACs of 8
// bytes). A session is opened by open_secure_channel(), which sends EXTERNAL AUTHENTICATE only after the card has
// proved its keys: a wrong key set costs the card no try.

#include <memory>
#include <optional>

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

// The answer to INITIALIZE UPDATE, Amendment D §7.1.1.6.
struct InitializeUpdate {
  base::Bytes kdd;  // key diversification data, 10 bytes
  std::uint8_t key_version = 0;
  std::uint8_t protocol = 0;   // 03
  std::uint8_t parameter = 0;  // i
  base::Bytes card_challenge, card_cryptogram;
  base::Bytes sequence_counter;  // 3 bytes, or none with random challenges
};
// nullopt unless it is an answer of SCP03 in S8 mode of the right length.
std::optional<InitializeUpdate> parse_initialize_update(base::ByteView answer);

// The session after INITIALIZE UPDATE: keys derived, nothing proved yet.
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
  base::Secret s_enc_, s_mac_, s_rmac_;
  base::Bytes card_cryptogram_, host_cryptogram_;  // expected, to send
  base::Bytes chain_ = base::Bytes(16);            // MAC chaining value
  std::uint64_t counter_ = 0;                      // of commands, for C-ENC and R-ENC
  bool card_proved_ = false;
  bool alive_ = true;
};

// A session as a Channel: commands with CLA 80 go in, protected ones (CLA 84) to the card.
using SecureChannel = transport::SessionChannel<Scp03Session>;

// The security domain is selected already. Findings instead of a channel: CHIP_KEYS_WRONG (the card cryptogram is not
// of these keys: stopped before EXTERNAL AUTHENTICATE), CHIP_STATE_UNEXPECTED (the card knows no such key version,
// speaks another protocol, blocks the key set, or refuses our cryptogram although its own was right).
struct OpenedChannel {
  std::unique_ptr<SecureChannel> channel;
  std::optional<InitializeUpdate> card;
  base::Findings findings;
};
OpenedChannel open_secure_channel(transport::Channel& card, std::uint8_t key_version, const KeySet& keys,
                                  SecurityLevel level, base::Random& random);

}  // namespace globalplatform
