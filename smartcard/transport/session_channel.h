#pragma once
// A session of protected commands as a Channel: plain commands go in, protected ones to the card. The one way in which
// secure messaging (ICAO Doc 9303-11 §9.8), SCP02 (GPCS Annex E) and SCP03 (GPCS Amendment D) stand in front of a card.

#include <cstddef>
#include <utility>

#include "smartcard/transport/channel.h"

namespace transport {

// A channel under keys that only the two ends hold. Destroying it ends the session.
class SecureChannel : public Channel {
 public:
  // How many answers came whose protection was good: the first one proves that the chip has the keys.
  virtual std::size_t good_answers() const = 0;
};

// Session: wrap(Command) -> Command, unwrap(Response) -> Response, alive(), end(), kExtendedLength: whether its
// commands may be extended ones. When the card or the reader fails the session ends, because the counters of the two
// sides no longer agree. `card` must outlive it.
template <class Session>
class SessionChannel final : public SecureChannel {
 public:
  SessionChannel(Channel& card, Session session) : card_(card), session_(std::move(session)) {}

  apdu::Response transmit(const apdu::Command& command) override {
    const apdu::Command wrapped = session_.wrap(command);
    apdu::Response answer;
    try {
      answer = card_.transmit(wrapped);
    } catch (...) {
      session_.end();
      throw;
    }
    apdu::Response plain = session_.unwrap(answer);
    ++good_answers_;
    return plain;
  }
  bool extended_length() const override { return Session::kExtendedLength && card_.extended_length(); }
  std::size_t good_answers() const override { return good_answers_; }
  bool alive() const { return session_.alive(); }

 private:
  Channel& card_;
  Session session_;
  std::size_t good_answers_ = 0;
};

}  // namespace transport
