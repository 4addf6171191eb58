#pragma once
// Secure messaging with 3DES or AES, the card's side: ICAO Doc 9303-11 §9.8. One object is one session; after the first
// command that does not verify it is thrown away by its owner.

#include <cstdint>
#include <variant>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/suite.h"

namespace simulator {

class SecureMessaging {
 public:
  // ssc: send sequence counter as long as a block, as BAC leaves it; zero after PACE and Chip Authentication.
  SecureMessaging(Suite suite, base::Secret enc, base::Secret mac, base::ByteView ssc);
  // The keys of a shared secret (§9.7.1), and the counter 0.
  static SecureMessaging derived(Suite suite, base::ByteView secret);

  // The command inside (CLA 00, or 10 in a chain; its own Le), or the status word that ends the session: 6987 when an
  // object is missing, 6988 when one is wrong, double, misplaced, or when the counter would wrap.
  std::variant<apdu::Command, apdu::StatusWord> unwrap(const apdu::Command& command);

  // DO87 (DO85 after an odd INS) ‖ DO99 ‖ DO8E, for every status word. The data must fit (see largest_data).
  apdu::Response wrap(const apdu::Response& response, bool odd_instruction);

  // How many bytes of plain data a protected answer of at most `room` bytes can carry.
  std::size_t largest_data(std::size_t room) const;

 private:
  bool exhausted(std::uint8_t left) const;  // fewer than `left` counts remain
  void count();
  base::Bytes iv() const;

  Suite suite_;
  base::Secret enc_, mac_;
  base::Bytes ssc_;
};

}  // namespace simulator
