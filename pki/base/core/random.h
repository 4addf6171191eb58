#pragma once
// Randomness is passed in, so that a test repeats. The shipped source is the kernel's.

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace base {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;
  Bytes bytes(std::size_t count);
  Secret secret(std::size_t count);
};

// getrandom(2); throws Error{AskOperator} if the kernel gives nothing.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// For tests and sample data only: the same seed gives the same bytes, on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace base
