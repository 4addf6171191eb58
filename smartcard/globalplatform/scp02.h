#pragma once
// Secure Channel Protocol 02, the host's side: GPCS v2.3 Annex E, with the options of Scp02Option and two-key 3DES.
// Only for products that know nothing else (docs/decisions/scp02-for-old-products.md). A session is opened by
// open_secure_channel() (secure_channel.h).

#include <string_view>

#include "smartcard/apdu/apdu.h"
#include "smartcard/globalplatform/channel_form.h"
#include "smartcard/globalplatform/keys.h"

namespace globalplatform {

// The session after INITIALIZE UPDATE: keys derived, nothing proved yet. Host challenge 8 bytes, sequence counter 2,
// card challenge 6, keys of 16 bytes; a level that SCP02 has (ensure).
class Scp02Session {
 public:
  static constexpr bool kExtendedLength = false;  // the C-MAC counts its data in one octet (§E.4.4)

  Scp02Session(const KeySet& keys, SecurityLevel level, base::ByteView host_challenge, base::ByteView sequence_counter,
               base::ByteView card_challenge);

  // Whether the card knows the keys. EXTERNAL AUTHENTICATE must not be made before it says yes (ensured).
  bool verify_card(base::ByteView card_cryptogram);
  apdu::Command external_authenticate();

  // Commands and answers alternate; a command's data with padding and C-MAC has at most 255 bytes (ensure). Where the
  // level has an R-MAC, an answer whose R-MAC is wrong wipes the keys and throws Error{TreatAsAttack}; an error status
  // word may come with its R-MAC or bare (ISO 7816-4 §5.1.3), and the R-MACs stay chained. Where it has none, answers
  // come back as they are, and nobody vouches for them.
  apdu::Command wrap(const apdu::Command& command);
  apdu::Response unwrap(const apdu::Response& response);

  // The session key made of the static DEK, §E.4.1, §E.4.7.
  DataKey data_key() const { return DataKey::of_scp02(s_dek_); }

  bool alive() const { return alive_; }
  void end() noexcept;

 private:
  bool has(std::uint8_t bit) const { return (static_cast<std::uint8_t>(level_) & bit) != 0; }
  base::Bytes next_c_mac(const apdu::Command& command);
  base::Bytes next_r_mac(base::ByteView data, apdu::StatusWord sw) const;
  void check_alive() const;
  [[noreturn]] void refuse(std::string_view what);

  SecurityLevel level_;
  base::Secret s_enc_, s_mac_, s_rmac_, s_dek_;
  base::Bytes card_cryptogram_, host_cryptogram_;  // expected, to send
  base::Bytes c_mac_;                              // of the command before; empty: none yet
  base::Bytes r_mac_;                              // of the answer before; at first the C-MAC of EXTERNAL AUTHENTICATE
  base::Secret sent_;                              // the command that the next R-MAC covers, without protection
  bool card_proved_ = false;
  bool alive_ = true;
};

}  // namespace globalplatform
