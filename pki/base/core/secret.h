#pragma once
// A key, password or plaintext that must not stay in memory. Move-only, wiped on destruction, compared in constant
// time, without operator<<: `grep reveal` is the audit of every place where a secret is opened.

#include <cstddef>

#include "pki/base/core/bytes.h"

namespace base {

void wipe(std::span<std::uint8_t> bytes) noexcept;

class Secret {
 public:
  Secret() = default;
  explicit Secret(Bytes&& bytes) noexcept
      : bytes_(std::move(bytes)) {}  // takes the bytes over; the source is left empty
  static Secret copy_of(ByteView bytes) { return Secret(Bytes(bytes.begin(), bytes.end())); }
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.bytes_.clear(); }
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(bytes_); }

  ByteView reveal() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

 private:
  Bytes bytes_;
};

// Equal in content; takes the same time wherever the difference is. The lengths are no secret.
bool equal_in_constant_time(ByteView a, ByteView b);

}  // namespace base
