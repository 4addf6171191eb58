#pragma once
// The way to the card with somebody in it who changes a command, swallows it and answers in the card's place, or takes
// the power away before it.

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "pki/asn1/tlv.h"
#include "smartcard/transport/session_channel.h"

namespace conformance {

// What the somebody does to a command; an answer in the card's place, or nothing.
using Edit = std::function<std::optional<apdu::Response>(apdu::Command&)>;

class Wire final : public transport::Channel {
 public:
  explicit Wire(transport::Channel& card) : card_(card) {}
  // At the index-th command from now on, counted from 0. One edit at a time.
  void edit(std::size_t index, Edit edit);
  void leave_alone() { edit_ = nullptr; }
  // The status word that the card gave to the command that was changed; nullopt: it was never sent.
  std::optional<apdu::StatusWord> answer_to_the_changed() const { return answered_; }

  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return card_.extended_length(); }

 private:
  transport::Channel& card_;
  Edit edit_;
  std::size_t until_ = 0;
  std::optional<apdu::StatusWord> answered_;
};

// The same above secure messaging: what is changed travels well protected.
class WireInside final : public transport::SecureChannel {
 public:
  explicit WireInside(std::shared_ptr<transport::SecureChannel> session)
      : session_(std::move(session)), wire_(*session_) {}
  Wire& wire() { return wire_; }
  apdu::Response transmit(const apdu::Command& command) override { return wire_.transmit(command); }
  bool extended_length() const override { return session_->extended_length(); }
  std::size_t good_answers() const override { return session_->good_answers(); }

 private:
  std::shared_ptr<transport::SecureChannel> session_;
  Wire wire_;
};

// Data objects, to be put together otherwise.
using Objects = std::vector<std::pair<asn1::Tag, base::Bytes>>;
Objects take_apart(base::ByteView encoded);  // throws asn1::Malformed
base::Bytes put_together(const Objects& objects);

}  // namespace conformance
