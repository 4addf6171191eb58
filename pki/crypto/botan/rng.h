#pragma once
// base::Random as Botan wants it, so that whoever passes the randomness in decides about Botan's too: the kernel's in
// programs, a seeded one in tests. Whoever includes this may include Botan (the list in the include test).

#include <botan/rng.h>

#include "pki/base/core/random.h"

namespace crypto::botan {

class Rng final : public Botan::RandomNumberGenerator {
 public:
  // random must outlive this object; thread-safe when random is (base::SystemRandom is).
  explicit Rng(base::Random& random) : random_(random) {}
  void randomize(std::uint8_t output[], std::size_t length) override;
  // The source seeds itself: what Botan would stir in is ignored.
  bool accepts_input() const override { return false; }
  void add_entropy(const std::uint8_t input[], std::size_t length) override;
  std::string name() const override { return "base::Random"; }
  void clear() override {}
  bool is_seeded() const override { return true; }

 private:
  base::Random& random_;
};

}  // namespace crypto::botan
