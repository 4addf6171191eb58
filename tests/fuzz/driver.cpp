// Runs every law over mutated seeds. Deterministic: CCCD_FUZZ_SEED (default 1) and CCCD_FUZZ_ROUNDS (default 4,000
// inputs a codec law, a quarter of it a judgement or session law, half a PKI or protocol law, a fortieth an evil card,
// a hundredth one that rewrites) decide everything; a broken law prints its input in hexadecimal.

#include <gtest/gtest.h>

#include <cstdlib>

#include "pki/base/core/random.h"
#include "tests/fuzz/card_laws.h"

namespace fuzz {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::stoull(text) : otherwise;
}

class Mutator {
 public:
  explicit Mutator(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    const auto bytes = random_.bytes(8);
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return static_cast<std::size_t>(value % bound);
  }

  // One to six small wounds: a bit, a byte, a cut, a repeated or removed stretch, a length byte made extreme.
  base::Bytes mutate(base::Bytes input) {
    for (std::size_t wounds = 1 + below(6); wounds > 0; --wounds) wound(input);
    return input;
  }

 private:
  void wound(base::Bytes& input) {
    if (input.empty()) {
      input = random_.bytes(1 + below(16));
      return;
    }
    const std::size_t at = below(input.size());
    const std::size_t length = std::min(input.size() - at, 1 + below(16));
    const auto from = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(6)) {
      case 0:
        input[at] ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        input[at] = random_.bytes(1)[0];
        break;
      case 2:
        input.resize(at);
        break;
      case 3:
        input.erase(from, from + static_cast<std::ptrdiff_t>(length));
        break;
      case 4: {
        const base::Bytes stretch(from, from + static_cast<std::ptrdiff_t>(length));
        input.insert(from, stretch.begin(), stretch.end());
        break;
      }
      default: {
        constexpr std::uint8_t kExtremes[] = {0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFF};
        input[at] = kExtremes[below(std::size(kExtremes))];
      }
    }
  }

  base::SeededRandom random_;
};

void hold(const std::vector<Law>& laws, std::uint64_t divisor = 1) {
  const std::uint64_t rounds = std::max<std::uint64_t>(1, setting("CCCD_FUZZ_ROUNDS", 4000) / divisor);
  const std::uint64_t seed = setting("CCCD_FUZZ_SEED", 1);
  for (const Law& law : laws) {
    Mutator mutator(seed);
    for (const base::Bytes& input : law.seeds) EXPECT_EQ(law.check(input), "") << law.name << " on a seed itself";
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const base::Bytes input = mutator.mutate(law.seeds[mutator.below(law.seeds.size())]);
      const std::string broken = law.check(input);
      ASSERT_EQ(broken, "") << law.name << " with seed " << seed << ", input " << base::to_hex(input);
    }
  }
}

TEST(FuzzLaws, TheNationalPkiHoldsUnderMutation) {
  hold(pki_laws(), 2);
}

TEST(FuzzLaws, CodecsHoldUnderMutation) {
  hold(codec_laws());
}

// A judgement verifies signatures and a chip runs ciphers: fewer rounds for the same time.
TEST(FuzzLaws, JudgementsHoldUnderMutation) {
  hold(judgement_laws(), 4);
}

TEST(FuzzLaws, ProtocolsHoldUnderMutation) {
  hold(protocol_laws(), 2);
}

TEST(FuzzLaws, SessionsHoldUnderMutation) {
  hold(session_laws(), 4);
}

// A whole inspection for each input.
TEST(FuzzLaws, AnEvilCardIsNeverGenuine) {
  hold(evil_card_laws(), 40);
}

TEST(FuzzLaws, ACardThatRewritesItsAnswersIsNeverGenuine) {
  hold(rewriting_laws(), 100);
}

}  // namespace
}  // namespace fuzz
