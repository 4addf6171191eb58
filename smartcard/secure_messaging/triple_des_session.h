#pragma once
// Secure messaging with two-key 3DES and retail MAC, as Basic Access Control starts it (ICAO Doc 9303-11 §9.8). The
// session owns its keys and its send sequence counter; it can wrap a command and unwrap the answer, and that is all.

#include <array>
#include <string_view>

#include "pki/base/core/secret.h"
#include "smartcard/apdu/apdu.h"

namespace secure_messaging {

using SendSequenceCounter = std::array<std::uint8_t, 8>;

// Commands and answers alternate: wrap, unwrap, wrap, … Every fault of the chip's protection wipes the keys and throws
// Error{TreatAsAttack}; so does an answer without protection, whose status word is named. From then on every call
// throws. The counter never wraps around: before it would, the session ends with Error{PresentCardAgain}.
class TripleDesSession {
 public:
  // 16-byte keys KS_enc and KS_mac; the counter as the access protocol leaves it.
  TripleDesSession(base::Secret enc, base::Secret mac, SendSequenceCounter counter);

  apdu::Command wrap(const apdu::Command& command);
  apdu::Response unwrap(const apdu::Response& response);

  bool alive() const { return alive_; }
  // Wipes the keys: the card left the field, or a plain command went past the session.
  void end() noexcept;

 private:
  void step_counter();
  base::Bytes mac_over(base::ByteView data) const;
  base::Bytes decrypt(base::ByteView object, bool odd_instruction);
  [[noreturn]] void refuse(std::string_view what);

  base::Secret enc_;
  base::Secret mac_;
  SendSequenceCounter counter_;
  bool alive_ = true;
  bool awaiting_answer_ = false;
  bool odd_instruction_ = false;
};

}  // namespace secure_messaging
