// How many signatures a key may make: counted beside the key, in a token or a file, whoever opens it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/keystore/pkcs8_rounds.h"
#include "pki/keystore/use_limit.h"
#include "tests/pki/softhsm.h"

namespace {

using keystore::KeyKind;
using test::SoftHsm;
using testing::HasSubstr;

base::Bytes some_digest() {
  return crypto::openssl::sha256(base::view_of("some text"));
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration) << error.what();
    return error.seen();
  }
  return "nothing was refused";
}

// One key in either store.
class UseLimits : public testing::TestWithParam<bool> {
 protected:
  UseLimits() {
    if (GetParam()) {
      hsm_.make_token("PKI");
      address_ = hsm_.address("PKI", "csca");
      keystore::generate_token_key(address_, KeyKind::P256, secret());
    } else {
      address_ = (folder_ / "csca.key").string();
      keystore::detail::generate_into_file(KeyKind::P256, address_, secret(), random_, 1000);
    }
  }
  static base::Secret secret() { return SoftHsm::pin(); }
  std::unique_ptr<keystore::SigningKey> open() const { return keystore::open(address_, secret()); }
  keystore::UseLimit limit(std::int64_t uses) const { return keystore::limit_uses(address_, uses, secret()); }
  std::int64_t uses() const { return keystore::use_limit(address_, secret()).value_or(keystore::UseLimit{}).uses; }

  SoftHsm hsm_;
  test::TemporaryFolder folder_;
  base::SeededRandom random_{1};
  std::string address_;
};

TEST_P(UseLimits, EndTheKeyHoweverOftenItIsOpened) {
  EXPECT_FALSE(keystore::use_limit(address_, secret())) << "a key has no limit of itself";
  limit(3);
  for (int i = 0; i < 3; ++i) open()->sign_digest(some_digest());
  const auto key = open();
  EXPECT_THAT(refusal([&] { key->sign_digest(some_digest()); }), HasSubstr("the 3 signatures that it may make"));
  EXPECT_THAT(refusal([&] { key->sign_unverified(some_digest()); }), HasSubstr("the 3 signatures that it may make"));
  EXPECT_EQ(uses(), 3);
}

TEST_P(UseLimits, AreLoweredAndNeverRaised) {
  limit(5);
  open()->sign_digest(some_digest());
  EXPECT_THAT(refusal([&] { limit(6); }), HasSubstr("its limit is 5 and is not raised"));
  const auto now = limit(1);
  EXPECT_EQ(now.limit, 1);
  EXPECT_EQ(now.uses, 1) << "what was counted stays";
  EXPECT_THAT(refusal([&] { open()->sign_digest(some_digest()); }), HasSubstr("the 1 signatures"));
}

// Each thread has opened the key for itself, as programs do; they meet at the count alone.
TEST_P(UseLimits, HoldAmongManyWhoSignAtOnce) {
  limit(10);
  std::atomic<int> made{0}, refused{0};
  std::vector<std::unique_ptr<keystore::SigningKey>> keys;
  for (int i = 0; i < 4; ++i) keys.push_back(open());
  std::vector<std::thread> threads;
  for (const auto& key : keys) {
    threads.emplace_back([&] {
      for (int n = 0; n < 4; ++n) {
        try {
          key->sign_digest(some_digest());
          ++made;
        } catch (const base::Error&) {
          ++refused;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(made, 10);
  EXPECT_GE(made, 1);
  EXPECT_EQ(made + refused, 16);
  EXPECT_EQ(uses(), 10) << "none was counted below the signatures, and all were used up";
}

INSTANTIATE_TEST_SUITE_P(UseLimits, UseLimits, testing::Bool(),
                         [](const auto& store) { return store.param ? "Token" : "File"; });

TEST(UseLimit, GoesWithItsKey) {
  SoftHsm hsm;
  hsm.make_token("PKI");
  const std::string address = hsm.address("PKI", "csca");
  keystore::generate_token_key(address, KeyKind::P256, SoftHsm::pin());
  keystore::limit_uses(address, 1, SoftHsm::pin());
  const auto listed = keystore::list_token_keys(address, SoftHsm::pin());
  ASSERT_EQ(listed.size(), 1U);
  ASSERT_TRUE(listed[0].uses);
  EXPECT_EQ(listed[0].uses->limit, 1);
  keystore::destroy_token_key(address, SoftHsm::pin());
  keystore::generate_token_key(address, KeyKind::P256, SoftHsm::pin());
  EXPECT_FALSE(keystore::use_limit(address, SoftHsm::pin())) << "a successor begins anew";
}

TEST(UseLimit, OfAFileWhoseCountIsGoneOrDamagedSignsNothing) {
  test::TemporaryFolder folder;
  base::SeededRandom random{1};
  const std::string file = (folder / "csca.key").string();
  keystore::detail::generate_into_file(KeyKind::P256, file, SoftHsm::pin(), random, 1000);
  keystore::limit_uses(file, 5, SoftHsm::pin());
  const auto key = keystore::open(file, SoftHsm::pin());
  base::write_text_file(file + ".uses", "many\n", "writing a test's file");
  EXPECT_THAT(refusal([&] { key->sign_digest(some_digest()); }), HasSubstr("the count is damaged"));
  std::filesystem::remove(file + ".uses");
  EXPECT_THAT(refusal([&] { key->sign_digest(some_digest()); }), HasSubstr("csca.key.uses: is gone"));
}

}  // namespace
