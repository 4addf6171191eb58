#pragma once
// What one command costs a card, counted while the simulated one works. link_model.h makes time of it; nothing waits.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace simulator {

struct Effort {
  std::uint32_t agreements = 0;        // an element of a group times a number: PACE, chip authentication, ECDSA, a key
  std::uint32_t verifications = 0;     // of a signature
  std::uint32_t signatures = 0;        // of RSA: active authentication
  std::uint32_t signing_keys = 0;      // of RSA, made for active authentication
  std::size_t written = 0;             // octets that go into the non-volatile memory
  std::uint32_t changes = 0;           // of that memory that stand as a whole or not at all
  std::chrono::milliseconds pause{0};  // because somebody guesses
};

}  // namespace simulator
