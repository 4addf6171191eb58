#include "pki/base/core/random.h"

#include <sys/random.h>

#include <cerrno>

#include "pki/base/core/error.h"

namespace base {

Bytes Random::bytes(std::size_t count) {
  Bytes out(count);
  fill(out);
  return out;
}

Secret Random::secret(std::size_t count) {
  return Secret(bytes(count));
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw Error(Fault::AskOperator, "asking the kernel for random bytes", "getrandom gave none");
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_());
}

}  // namespace base
