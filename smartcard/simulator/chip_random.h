#pragma once
// Botan draws from the chip's randomness, so that a test repeats to the byte.

#include <botan/rng.h>

#include <string>

#include "pki/base/core/random.h"

namespace simulator {

class ChipRandom final : public Botan::RandomNumberGenerator {
 public:
  explicit ChipRandom(base::Random& random) : random_(random) {}
  void randomize(std::uint8_t output[], std::size_t length) override { random_.fill({output, length}); }
  bool accepts_input() const override { return false; }
  void add_entropy(const std::uint8_t[], std::size_t) override {}
  std::string name() const override { return "chip"; }
  void clear() override {}
  bool is_seeded() const override { return true; }

 private:
  base::Random& random_;
};

}  // namespace simulator
