#pragma once
// Secure messaging (ICAO Doc 9303-11 §9.8), with two-key 3DES and retail MAC as Basic Access Control starts it, or with
// AES and CMAC as PACE and Chip Authentication do. The session owns its keys and its send sequence counter; it can wrap
// a command and unwrap the answer, and that is all.

#include <string_view>

#include "smartcard/apdu/apdu.h"
#include "smartcard/secure_messaging/keys.h"

namespace secure_messaging {

// Commands and answers alternate: wrap, unwrap, wrap, … Every fault of the chip's protection wipes the keys and throws
// Error{TreatAsAttack}; so does an answer without protection, whose status word is named. From then on every call
// throws. The counter never wraps around: before it would, the session ends with Error{PresentCardAgain}.
class Session {
 public:
  static constexpr bool kExtendedLength = true;

  // The counter as the access protocol leaves it, one block long.
  Session(Cipher cipher, SessionKeys keys, base::Bytes counter);
  // With a counter of zero, as PACE and Chip Authentication begin (§9.8.6.3).
  Session(Cipher cipher, SessionKeys keys);

  apdu::Command wrap(const apdu::Command& command);
  apdu::Response unwrap(const apdu::Response& response);

  bool alive() const { return alive_; }
  // Wipes the keys: the card left the field, or a plain command went past the session.
  void end() noexcept;

 private:
  void step_counter();
  base::Bytes iv() const;
  base::Bytes mac_over(base::ByteView data) const;
  base::Bytes encrypt(base::ByteView plain) const;
  base::Bytes decrypt(base::ByteView object, bool odd_instruction);
  [[noreturn]] void refuse(std::string_view what);

  Cipher cipher_;
  SessionKeys keys_;
  base::Bytes counter_;
  bool alive_ = true;
  bool awaiting_answer_ = false;
  bool odd_instruction_ = false;
};

}  // namespace secure_messaging
