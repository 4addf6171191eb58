#pragma once
// A chip card, whole: APDU in, APDU out, a state that survives power cuts. Runs in-process for tests and fuzzers, and
// behind a PC/SC reader driver in cccd-chip. It answers like the card in circulation where that is known, and judges
// what it is sent with code of its own: nothing below the APDU framing and TLV is shared with the terminal.

#include <memory>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "smartcard/simulator/effort.h"
#include "smartcard/simulator/state.h"
#include "smartcard/simulator/tampering.h"

namespace simulator {

class Chip {
 public:
  // Takes the state from the store; throws base::Error when it cannot be read. Store and randomness outlive the chip.
  Chip(StateStore& store, base::Random& random) : Chip(store, random, nullptr) {}
  Chip(const Chip&) = delete;
  Chip& operator=(const Chip&) = delete;
  virtual ~Chip();

  // Power on, power off and reset are one to the chip: sessions, rights and everything half done are gone.
  void reset();
  // Answer to reset of an ISO 14443-4 type A chip without historical bytes, as PC/SC part 3 builds it.
  static base::Bytes atr();

  // The answer to any sequence of bytes, at least a status word. What the command changed is in the store when this
  // returns, in one write. Throws only the store's base::Error; the command has not taken effect then.
  virtual base::Bytes transmit(base::ByteView command);
  // What the last command would have cost a real card.
  const Effort& effort() const;

 protected:
  // A false chip; `tampering` outlives it.
  Chip(StateStore& store, base::Random& random, Tampering* tampering);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace simulator
