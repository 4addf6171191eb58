#include "pki/crypto/botan/rng.h"

namespace crypto::botan {

void Rng::randomize(std::uint8_t output[], std::size_t length) {
  random_.fill({output, length});
}

void Rng::add_entropy(const std::uint8_t* /*input*/, std::size_t /*length*/) {}

}  // namespace crypto::botan
