#pragma once
// Randomness that a worked example prescribes, octet by octet.

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"

class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(base::Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override {
    base::ensure(bytes_.size() >= out.size(), "the test gives enough randomness");
    std::copy_n(bytes_.begin(), out.size(), out.begin());
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(out.size()));
  }

 private:
  base::Bytes bytes_;
};
