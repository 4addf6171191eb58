#pragma once
// Secure messaging of the LDS application with 3DES, the card's side: ICAO Doc 9303-11 §9.8. One object is one session;
// after the first command that does not verify it is thrown away by its owner.

#include <cstdint>
#include <variant>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"
#include "smartcard/apdu/apdu.h"

namespace simulator {

class SecureMessaging {
 public:
  // Session keys of 16 bytes; ssc: send sequence counter of 8 bytes, as BAC leaves it.
  SecureMessaging(base::Secret enc, base::Secret mac, base::ByteView ssc);

  // The command inside (CLA 00, its own Le), or the status word that ends the session: 6987 when an object is missing,
  // 6988 when one is wrong, double, misplaced, or when the counter would wrap.
  std::variant<apdu::Command, apdu::StatusWord> unwrap(const apdu::Command& command);

  // DO87 (DO85 after an odd INS) ‖ DO99 ‖ DO8E, for every status word. The data must fit (see largest_data).
  apdu::Response wrap(const apdu::Response& response, bool odd_instruction);

  // How many bytes of plain data a protected answer of at most `room` bytes can carry.
  static std::size_t largest_data(std::size_t room);

 private:
  bool count();  // false: the counter would wrap

  base::Secret enc_, mac_;
  std::uint64_t ssc_ = 0;
};

}  // namespace simulator
