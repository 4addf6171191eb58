#pragma once
// Channels that stand before another channel and watch: one writes a trace that redacts by meaning, one counts.

#include <chrono>
#include <cstdint>
#include <functional>

#include "smartcard/transport/channel.h"

namespace transport {

// Writes one line a command: name, header, and data only where it is known to carry neither keys nor persons; under
// secure messaging nothing but the status word. `inner` must outlive it.
class TracingChannel final : public Channel {
 public:
  using Sink = std::function<void(std::string_view line)>;
  TracingChannel(Channel& inner, Sink sink) : inner_(inner), sink_(std::move(sink)) {}
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return inner_.extended_length(); }

 private:
  Channel& inner_;
  Sink sink_;
};

// Counts commands and the bytes of both directions as they are framed on the link, and how long answers were waited
// for: in all, and for the quickest one.
class CountingChannel final : public Channel {
 public:
  explicit CountingChannel(Channel& inner) : inner_(inner) {}
  apdu::Response transmit(const apdu::Command& command) override;
  bool extended_length() const override { return inner_.extended_length(); }

  std::int64_t commands() const { return commands_; }
  std::int64_t bytes_sent() const { return sent_; }
  std::int64_t bytes_received() const { return received_; }
  std::int64_t bytes() const { return sent_ + received_; }
  std::chrono::nanoseconds waited() const { return waited_; }
  std::chrono::nanoseconds quickest() const { return quickest_; }  // zero before the first answer

 private:
  Channel& inner_;
  std::int64_t commands_ = 0;
  std::int64_t sent_ = 0;
  std::int64_t received_ = 0;
  std::chrono::nanoseconds waited_{0}, quickest_{0};
};

}  // namespace transport
