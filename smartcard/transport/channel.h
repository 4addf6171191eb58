#pragma once
// The seam between protocols and the card: whoever speaks to a chip speaks through a Channel. Behind it stands PC/SC, a
// secure-messaging session, a script, a tracer, a fault injector or a fuzzer.

#include <functional>
#include <memory>
#include <string_view>

#include "smartcard/apdu/apdu.h"

namespace transport {

class Channel {
 public:
  Channel() = default;
  // A channel before another one is made from it: `CountingChannel b(a)` must never mean a second a.
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  virtual ~Channel() = default;
  // The chip's answer, whatever its status word says. Throws base::Error{PresentCardAgain} when the card is gone or its
  // answer is cut, {AskOperator} when the reader or the service fails.
  virtual apdu::Response transmit(const apdu::Command& command) = 0;
  // Whether commands over 255 bytes reach the chip. Short-only readers say no.
  virtual bool extended_length() const = 0;
};

// transmit() and demand 9000. Any other status word is an Error{AskOperator} with what was being done and that word:
// the card is there and says no, so presenting it again would change nothing. For steps where a refusal means that the
// world failed; where the status word is the answer, call transmit().
base::Bytes demand(Channel& channel, const apdu::Command& command, std::string_view doing);

}  // namespace transport
