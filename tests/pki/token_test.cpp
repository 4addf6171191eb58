// Keys in a token: SoftHSM2, and the same behind a module that fails.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/pkcs11/address.h"
#include "tests/pki/softhsm.h"

namespace {

using keystore::KeyKind;
using test::expect_error;
using test::SoftHsm;

base::Bytes some_digest() {
  return crypto::openssl::sha256(base::view_of("some text"));
}

class TokenTest : public testing::Test {
 protected:
  TokenTest() { hsm_.make_token("CSCA"); }
  std::string at(const std::string& object) const { return hsm_.address("CSCA", object); }
  SoftHsm hsm_;
  base::SeededRandom random_{1};
};

class EveryTokenKind : public TokenTest, public testing::WithParamInterface<KeyKind> {};

TEST_P(EveryTokenKind, SignsForTheOtherLibraryAndNeverLeaves) {
  const auto made = keystore::generate_at(at("key-1"), GetParam(), SoftHsm::pin(), random_);
  const auto key = keystore::open(at("key-1"), SoftHsm::pin());
  EXPECT_EQ(key->kind(), GetParam());
  EXPECT_EQ(key->public_key_explicit(), made->public_key_explicit());
  const auto judge = crypto::openssl::parse_public_key(key->public_key_explicit());
  ASSERT_TRUE(judge);
  for (const auto hash :
       {crypto::openssl::Hash::Sha256, crypto::openssl::Hash::Sha384, crypto::openssl::Hash::Sha512}) {
    base::Bytes digest = crypto::openssl::digest(hash, base::view_of("some text"));
    const base::Bytes signature = key->sign_digest(digest);
    const auto verifies =
        keystore::is_rsa(GetParam()) ? crypto::openssl::verify_rsa_pss : crypto::openssl::verify_ecdsa_plain;
    EXPECT_TRUE(verifies(judge.get(), digest, signature));
    digest[0] ^= 1;
    EXPECT_FALSE(verifies(judge.get(), digest, signature));
  }
  const auto keys = keystore::list_token_keys(at(""), SoftHsm::pin());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].label, "key-1");
  EXPECT_EQ(keys[0].kind, keystore::kind_name(GetParam()));
  EXPECT_EQ(keys[0].id.size(), 20U);
  EXPECT_FALSE(keys[0].extractable);
  EXPECT_TRUE(keys[0].local);
}

INSTANTIATE_TEST_SUITE_P(TokenTest, EveryTokenKind,
                         testing::Values(KeyKind::P256, KeyKind::P384, KeyKind::P521, KeyKind::BrainpoolP256r1,
                                         KeyKind::BrainpoolP384r1, KeyKind::BrainpoolP512r1, KeyKind::Rsa3072));

TEST_F(TokenTest, ALabelNamesOneKeyForGood) {
  keystore::generate_at(at("ds-1"), KeyKind::P256, SoftHsm::pin(), random_);
  expect_error(base::Fault::FixConfiguration, "there already",
               [&] { keystore::generate_at(at("ds-1"), KeyKind::P256, SoftHsm::pin(), random_); });
  expect_error(base::Fault::UsedWrongly, "is no label",
               [&] { keystore::generate_at(at("ds%201"), KeyKind::P256, SoftHsm::pin(), random_); });
  expect_error(base::Fault::FixConfiguration, "no pair of keys is called 'ds-2'",
               [&] { keystore::open(at("ds-2"), SoftHsm::pin()); });
  keystore::destroy_token_key(at("ds-1"), SoftHsm::pin());
  expect_error(base::Fault::FixConfiguration, "no pair of keys", [&] { keystore::open(at("ds-1"), SoftHsm::pin()); });
}

// SoftHSM raises CKF_USER_PIN_COUNT_LOW after one wrong PIN: from then on not even the right one is sent blindly.
TEST_F(TokenTest, TriesAreNeverSpentBlindly) {
  expect_error(base::Fault::FixConfiguration, "refuses the PIN",
               [&] { keystore::open(at("ds-1"), SoftHsm::wrong_pin()); });
  expect_error(base::Fault::AskOperator, "none is spent", [&] { keystore::open(at("ds-1"), SoftHsm::wrong_pin()); });
  expect_error(base::Fault::AskOperator, "none is spent", [&] { keystore::open(at("ds-1"), SoftHsm::pin()); });
}

TEST_F(TokenTest, AnOpenTokenTakesNoOtherPin) {
  const auto key = keystore::generate_at(at("ds-1"), KeyKind::P256, SoftHsm::pin(), random_);
  expect_error(base::Fault::FixConfiguration, "opened before",
               [&] { keystore::open(at("ds-1"), SoftHsm::wrong_pin()); });
}

TEST_F(TokenTest, AnAbsentTokenOrModuleIsNamed) {
  expect_error(base::Fault::AskOperator, "no token is called 'DS'",
               [&] { keystore::open(hsm_.address("DS", "ds-1"), SoftHsm::pin()); });
  expect_error(base::Fault::FixConfiguration, "cannot be loaded",
               [&] { keystore::open(hsm_.address("DS", "ds-1", "/absent.so"), SoftHsm::pin()); });
}

TEST_F(TokenTest, ManyThreadsSignWithOneLogin) {
  const auto key = keystore::generate_at(at("ds-1"), KeyKind::P256, SoftHsm::pin(), random_);
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) good += key->sign_digest(some_digest()).size() == 64 ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 100);
}

// RFC 7512, as far as it is used.
TEST(TokenAddress, IsReadWholeOrRefused) {
  const auto address = pkcs11::parse_address("pkcs11:token=My%20Token;object=ds-1?module-path=/m.so");
  EXPECT_EQ(address.token, "My Token");
  EXPECT_EQ(address.object, "ds-1");
  EXPECT_EQ(address.module, "/m.so");
  EXPECT_EQ(pkcs11::parse_address("pkcs11:token=T").object, "");
  EXPECT_FALSE(address.backup);
  EXPECT_TRUE(pkcs11::parse_address("pkcs11:token=T?module-path=/m.so&x-backup=wrapped").backup);
  for (const char* const wrong :
       {"pkcs11:", "pkcs11:object=a", "pkcs11:token=", "pkcs11:token=a;token=b", "pkcs11:token=a;serial=1",
        "pkcs11:token=a?pin-value=1234", "pkcs11:token=a?x-backup=yes", "pkcs11:token=a;x-backup=wrapped",
        "pkcs11:token=a?x-backup=wrapped&x-backup=wrapped", "pkcs11:token=a%2", "pkcs11:token=a%zz",
        "pkcs11:token=a%00", "file:a", "pkcs11:token=123456789012345678901234567890123", "pkcs11:token"}) {
    expect_error(base::Fault::UsedWrongly, "pkcs11:token=LABEL", [&] { pkcs11::parse_address(wrong); });
  }
}

}  // namespace
