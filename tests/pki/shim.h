#pragma once
// The loaded PKCS #11 shim (pkcs11_shim.h), told what to do wrong.

#include "tests/pki/pkcs11_shim.h"

namespace test {

inline constexpr const char* kShim = CCCD_BUILD_DIR "/bin/libpkcs11_shim.so";

struct Shim {
  Shim();
  // As an operator does who pulls a token out that hangs: what was asked comes back after all, and nobody listens.
  void pull_out() const;
  decltype(&shim_plan) plan;
  decltype(&shim_calls) calls;
  decltype(&shim_planned) planned;
  decltype(&shim_release) release;
};

}  // namespace test
