#pragma once
// SoftHSM2 with tokens of its own, in a folder that goes with the test. The module reads its configuration when it is
// loaded, so a test program has one of these at a time and each test its own process (ctest sees to that).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "pki/base/core/error.h"
#include "pki/base/core/secret.h"
#include "tests/pki/support.h"

namespace test {

inline constexpr const char* kSoftHsm = "/usr/lib/softhsm/libsofthsm2.so";

class SoftHsm {
 public:
  SoftHsm();
  void make_token(const std::string& label);
  // pkcs11:token=…[;object=…]?module-path=…
  std::string address(const std::string& token, const std::string& object, const std::string& module = kSoftHsm) const;
  static base::Secret pin();
  static base::Secret wrong_pin();
  static base::Secret officer_pin();  // of the token's security officer

 private:
  TemporaryFolder folder_;
};

// The act fails for this reason, and says so.
template <class Act>
void expect_error(base::Fault fault, const std::string& part, Act act) {
  try {
    act();
    FAIL() << "nothing was thrown; expected: " << part;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), fault) << error.what();
    EXPECT_THAT(error.seen(), testing::HasSubstr(part));
  }
}

}  // namespace test
