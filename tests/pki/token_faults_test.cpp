// A token that fails, is pulled out, answers late or bends its answer at call k, for every k of a run of fifty
// certificates: nothing false comes out, and of the serial numbers none is used twice or unaccounted for.

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "pki/admin/ca_book.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/x509/format/public_key.h"
#include "tests/pki/pkcs11_shim.h"
#include "tests/pki/softhsm.h"

namespace {

using test::SoftHsm;
using test::TemporaryFolder;

constexpr std::size_t kRun = 50;
constexpr const char* kShim = CCCD_BUILD_DIR "/bin/libpkcs11_shim.so";

struct Shim {
  Shim() {
    void* const library = ::dlopen(kShim, RTLD_NOW | RTLD_LOCAL);
    base::ensure(library != nullptr, "the shim is built");
    plan = reinterpret_cast<decltype(&shim_plan)>(::dlsym(library, "shim_plan"));
    calls = reinterpret_cast<decltype(&shim_calls)>(::dlsym(library, "shim_calls"));
  }
  decltype(&shim_plan) plan;
  decltype(&shim_calls) calls;
};

// What is outside after a run: what was given out, and what the operator saw go wrong.
struct Outside {
  std::map<base::Bytes, base::Bytes> certificates;  // serial -> the signed object
  std::size_t reserved = 0;
  int alarms = 0, failures = 0;
};

// Thousands of numbers are reserved here: in memory, since that they outlast a power cut is not this test's matter.
struct FoldersInMemory {
  FoldersInMemory() {
    if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
  }
};

class FaultyToken : public testing::TestWithParam<ShimFault> {
 protected:
  FaultyToken() {
    hsm_.make_token("CSCA");
    const auto key =
        keystore::generate_at(hsm_.address("CSCA", "csca", kShim), keystore::KeyKind::P256, SoftHsm::pin(), random_);
    public_key_ = key->public_key_named();
    judge_ = crypto::openssl::parse_public_key(public_key_);
  }

  // One object of the run, the least that has a serial number and a signature.
  static base::Bytes to_be_signed(const base::Bytes& serial) {
    asn1::TlvWriter body;
    body.put(0x02, serial);
    return asn1::TlvWriter{}.sequence(body).take();
  }

  void issue_one(const keystore::SigningKey& key, Outside& outside) {
    const base::Bytes serial = book_.reserve_serial("ds", random_);
    reserved_.insert(serial);
    ++outside.reserved;
    const base::Bytes tbs = to_be_signed(serial);
    base::Bytes signature = key.sign_digest(crypto::openssl::sha256(tbs));
    base::ensure(outside.certificates.emplace(serial, std::move(signature)).second, "a serial number is used once");
  }

  // As an operator does: what fails is looked at and begun again with the next number.
  Outside run(ShimFault fault, unsigned long call) {
    Outside outside;
    reserved_.clear();
    shim_.plan(fault, call);
    std::unique_ptr<keystore::SigningKey> key;
    for (int tries = 0; outside.certificates.size() < kRun && tries < 60; ++tries) {
      try {
        if (!key) {
          key = keystore::open(hsm_.address("CSCA", "csca", kShim), SoftHsm::pin());
          if (key->public_key_named() != public_key_) {  // the certificate is of another key
            ++outside.failures;
            key.reset();
            continue;
          }
        }
        issue_one(*key, outside);
      } catch (const base::Error& error) {
        (error.fault() == base::Fault::TreatAsAttack ? outside.alarms : outside.failures) += 1;
        key.reset();
      }
    }
    return outside;
  }

  // No bad object outside, no serial number twice, none unaccounted for.
  void expect_good(const Outside& outside, unsigned long call) {
    ASSERT_EQ(outside.certificates.size(), kRun) << "call " << call;
    for (const auto& [serial, signature] : outside.certificates) {
      ASSERT_TRUE(reserved_.contains(serial)) << "call " << call;
      ASSERT_TRUE(
          crypto::openssl::verify_ecdsa_plain(judge_.get(), crypto::openssl::sha256(to_be_signed(serial)), signature))
          << "call " << call;
    }
    ASSERT_EQ(reserved_.size(), outside.reserved) << "call " << call;
    ASSERT_LE(outside.reserved, kRun + static_cast<std::size_t>(outside.alarms + outside.failures)) << "call " << call;
    ASSERT_LE(outside.alarms + outside.failures, 1) << "one wrong call is one failure; call " << call;
  }

  // What the authority's book on disk says, read back: every number of every run stands there, once.
  void expect_book_of(std::size_t reserved) const {
    const auto entries = book_.entries();
    std::set<base::Bytes> numbers;
    for (const auto& entry : entries) numbers.insert(entry.serial);
    EXPECT_EQ(entries.size(), reserved);
    EXPECT_EQ(numbers.size(), reserved);
  }

  FoldersInMemory in_memory_;  // before any folder is made
  TemporaryFolder folder_;
  base::FixedClock clock_{*base::parse_rfc3339("2026-11-23T08:00:00Z")};
  admin::CaBook book_{folder_ / "ca.db", true, clock_};
  SoftHsm hsm_;
  Shim shim_;
  base::SeededRandom random_{5};
  base::Bytes public_key_;
  crypto::openssl::PkeyPtr judge_;
  std::set<base::Bytes> reserved_;
};

TEST_P(FaultyToken, AtEveryCallOfARunOfFiftyNothingFalseLeaves) {
  const Outside undisturbed = run(kShimNone, 0);
  expect_good(undisturbed, 0);
  std::size_t reserved = undisturbed.reserved;
  const unsigned long calls = shim_.calls();
  ASSERT_GT(calls, 2 * kRun) << "each signature is two calls";
  int noticed = 0;
  for (unsigned long call = 1; call <= calls; ++call) {
    const Outside outside = run(GetParam(), call);
    expect_good(outside, call);
    if (HasFatalFailure()) return;
    noticed += outside.alarms + outside.failures;
    reserved += outside.reserved;
  }
  expect_book_of(reserved);
  if (GetParam() == kShimFail) {
    EXPECT_GT(noticed, 90) << "a signature that failed is told";
  }
  if (GetParam() == kShimCorrupt) {
    EXPECT_GE(noticed, 50) << "every bent signature raises the alarm";
  }
  if (GetParam() == kShimLoseToken || GetParam() == kShimDelay) {
    EXPECT_LT(noticed, 30) << "a token that comes back goes on signing";
  }
}

INSTANTIATE_TEST_SUITE_P(TokenTest, FaultyToken, testing::Values(kShimFail, kShimLoseToken, kShimDelay, kShimCorrupt));

}  // namespace
