#pragma once
// A secure-messaging session as a Channel: plain commands go in, protected ones go to the card.

#include "smartcard/secure_messaging/triple_des_session.h"
#include "smartcard/transport/channel.h"

namespace secure_messaging {

// `card` must outlive it. When the card or the reader fails the session ends, because the counters no longer agree.
class SecuredChannel final : public transport::Channel {
 public:
  SecuredChannel(transport::Channel& card, TripleDesSession session) : card_(card), session_(std::move(session)) {}
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return card_.extended_length(); }
  bool alive() const { return session_.alive(); }

 private:
  transport::Channel& card_;
  TripleDesSession session_;
};

}  // namespace secure_messaging
