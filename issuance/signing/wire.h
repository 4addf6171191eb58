#pragma once
// The frame between a station and the signer: four octets of length, big endian, then that many octets of UTF-8 JSON
// (docs/formats/signer-protocol.md).

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"

namespace signing {

inline constexpr std::size_t kFrameHeader = 4;
inline constexpr std::size_t kLargestMessage = 1U << 20;  // octets of JSON

std::string frame(std::string_view message);  // message.size() <= kLargestMessage (ensure)

// Gathers one frame from whatever pieces arrive.
class FrameReader {
 public:
  enum class Progress { NeedsMore, Complete, TooLarge, LeftOver };
  Progress take(std::string_view piece);
  const std::string& message() const { return message_; }  // when Complete

 private:
  std::string header_;
  std::string message_;
  std::optional<std::uint32_t> size_;
};

// One question, one answer over a Unix socket. Throws Error{AskOperator} when nobody listens, the peer hangs up, or it
// is not done by the time limit.
std::string ask(const std::string& socket_path, std::string_view question, std::chrono::seconds limit);

}  // namespace signing
