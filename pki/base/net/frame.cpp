#include "pki/base/net/frame.h"

#include <algorithm>

#include "pki/base/core/error.h"

namespace net {

std::string frame(std::string_view message) {
  base::ensure(message.size() <= kLargestMessage, "a message fits its frame");
  const auto size = static_cast<std::uint32_t>(message.size());
  std::string out;
  out.reserve(kFrameHeader + message.size());
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift & 0xFFU);
  out += message;
  return out;
}

FrameReader::Progress FrameReader::take(std::string_view piece) {
  const auto header = piece.substr(0, std::min(piece.size(), kFrameHeader - header_.size()));
  header_ += header;
  piece.remove_prefix(header.size());
  if (header_.size() < kFrameHeader) return Progress::NeedsMore;
  if (!size_) {
    std::uint32_t size = 0;
    for (const char c : header_) size = size << 8 | static_cast<std::uint8_t>(c);
    size_ = size;
  }
  if (*size_ > kLargestMessage) return Progress::TooLarge;
  if (message_.size() + piece.size() > *size_) return Progress::LeftOver;
  message_ += piece;
  return message_.size() == *size_ ? Progress::Complete : Progress::NeedsMore;
}

}  // namespace net
