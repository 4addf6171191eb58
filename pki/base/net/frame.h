#pragma once
// The frame between our programs on one machine: four octets of length, big endian, then that many octets of UTF-8 JSON
// (docs/formats/signer-protocol.md).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace net {

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

}  // namespace net
