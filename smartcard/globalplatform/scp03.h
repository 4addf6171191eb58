#pragma once
// Secure Channel Protocol 03, the host's side: GPCS v2.3 Amendment D, with AES-128, -192 and -256. A session is opened
// by open_secure_channel() (secure_channel.h).

#include <string_view>

#include "smartcard/apdu/apdu.h"
#include "smartcard/globalplatform/channel_form.h"
#include "smartcard/globalplatform/keys.h"

namespace globalplatform {

// The session after INITIALIZE UPDATE: keys derived, nothing proved yet. The challenges are alike and of the mode's
// length (ensure).
class Scp03Session {
 public:
  static constexpr bool kExtendedLength = true;

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

}  // namespace globalplatform
