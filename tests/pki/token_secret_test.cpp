// Symmetric keys that come into a token in components.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "issuance/signing/card_keys.h"
#include "pki/base/core/error.h"
#include "pki/keystore/key_components.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/keystore/pkcs11_secret.h"
#include "pki/pkcs11/token.h"
#include "tests/pki/softhsm.h"
#include "tests/support/vectors.h"

namespace {

using test::SoftHsm;

base::Secret secret(std::string_view hex) {
  return base::Secret(base::hex(hex));
}
base::Secret line(std::string_view text) {
  return base::Secret(base::bytes_of(text));
}

template <class Act>
void expect_refused(Act act) {
  try {
    act();
    FAIL() << "nothing was thrown";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration) << error.what();
  }
}

// The default key of GlobalPlatform's test cards, whose AES check value their tools print.
constexpr std::string_view kDefaultKey = "404142434445464748494A4B4C4D4E4F";

TEST(KeyComponents, TheCheckValueIsTheOneOfGlobalPlatform) {
  EXPECT_EQ(base::to_hex(keystore::key_check_value(secret(kDefaultKey))), "504A77");
}

TEST(KeyComponents, AWrongCheckValueOrAWrongLengthIsNoComponent) {
  EXPECT_EQ(keystore::read_component(line("404142434445464748494A4B4C4D4E4F 504A77"), "a").size(), 16U);
  for (const char* const bad :
       {"404142434445464748494A4B4C4D4E4F 504A78", "404142434445464748494A4B4C4D4E4F", "4041 504A77", "",
        "404142434445464748494A4B4C4D4E4F 504A", "404142434445464748494A4B4C4D4E4G 504A77"}) {
    expect_refused([&] { keystore::read_component(line(bad), "a"); });
  }
}

TEST(KeyComponents, TheKeyIsTheirSumAndNothingLessThanAllOfThem) {
  std::vector<base::Secret> parts;
  parts.push_back(secret("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"));
  parts.push_back(secret("000102030405060708090A0B0C0D0E0F"));
  parts.push_back(secret("BFBFBFBFBFBFBFBFBFBFBFBFBFBFBFBF"));
  const base::Bytes kcv = base::hex("504A77");
  EXPECT_EQ(base::to_hex(keystore::combine_components(parts, kcv).reveal()), kDefaultKey);
  expect_refused([&] { keystore::combine_components(std::span(parts).first(2), kcv); });
  expect_refused([&] { keystore::combine_components(std::span(parts).first(1), kcv); });
  parts.push_back(secret("BFBFBFBFBFBFBFBFBFBFBFBFBFBFBFBF"));
  expect_refused([&] { keystore::combine_components(parts, kcv); });
}

TEST(KeyComponents, TheReceivedKeyStaysInTheTokenAndIsNotOverwritten) {
  SoftHsm hsm;
  hsm.make_token("CARDS");
  const std::string address = hsm.address("CARDS", "transport-1");
  keystore::receive_token_secret(address, secret(kDefaultKey), SoftHsm::pin());
  const auto keys = keystore::list_token_keys(address, SoftHsm::pin());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].label, "transport-1");
  EXPECT_EQ(keys[0].kind, "AES-128");
  EXPECT_FALSE(keys[0].local) << "it was brought in, and the list says so";
  expect_refused([&] { keystore::receive_token_secret(address, secret(kDefaultKey), SoftHsm::pin()); });
  keystore::destroy_token_key(address, SoftHsm::pin());
  EXPECT_TRUE(keystore::list_token_keys(hsm.address("CARDS", ""), SoftHsm::pin()).empty());
}

// The foreign vectors that hold the derivation in memory (tests/vectors/scp03.json), each master key in its token.
TEST(CardKeysInToken, AreThoseOfGlobalPlatformTools) {
  SoftHsm hsm;
  hsm.make_token("CARDS");
  int tried = 0;
  const auto file = vectors::load("scp03.json");
  for (const auto& vector : file.at("diversification").at("cases")) {
    const std::string name = vector.at("name");
    if (!name.starts_with("KDF3")) continue;
    const std::string address = hsm.address("CARDS", "master-" + std::to_string(++tried));
    const base::Bytes octets = vectors::hex(vector.at("master"));
    keystore::receive_token_secret(address, base::Secret::copy_of(octets), SoftHsm::pin());
    const auto master = keystore::open_token_secret(address, SoftHsm::pin());
    EXPECT_EQ(master->size(), octets.size()) << name;
    EXPECT_EQ(keystore::list_token_keys(address, SoftHsm::pin()).at(0).kind, keystore::aes_kind(octets.size()));
    const auto keys = signing::derive_card_keys(*master, vectors::hex(vector.at("KDD")));
    EXPECT_EQ(base::to_hex(keys.enc.reveal()), vector.at("enc")) << name;
    EXPECT_EQ(base::to_hex(keys.mac.reveal()), vector.at("mac")) << name;
    EXPECT_EQ(base::to_hex(keys.dek.reveal()), vector.at("dek")) << name;
  }
  EXPECT_EQ(tried, 3);
}

// Another program's key of 20 octets, with which a token would make HMACs.
TEST(CardKeysInToken, AreDerivedFromAnAesKeyAlone) {
  SoftHsm hsm;
  hsm.make_token("CARDS");
  const auto token = pkcs11::Token::open(pkcs11::parse_key_address(hsm.address("CARDS", "another")), SoftHsm::pin());
  {
    pkcs11::Token::Lease lease(*token);
    const CK_OBJECT_CLASS type = CKO_SECRET_KEY;
    const CK_KEY_TYPE kind = CKK_GENERIC_SECRET;
    const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    const base::Bytes value(20, 0x5A), label = base::bytes_of("another");
    CK_ATTRIBUTE wanted[] = {pkcs11::attribute(CKA_CLASS, &type, sizeof type),
                             pkcs11::attribute(CKA_KEY_TYPE, &kind, sizeof kind),
                             pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes),
                             pkcs11::attribute(CKA_SIGN, &yes, sizeof yes),
                             pkcs11::attribute(CKA_WRAP, &no, sizeof no),
                             pkcs11::attribute(CKA_VALUE, value.data(), value.size()),
                             pkcs11::attribute(CKA_LABEL, label.data(), label.size())};
    CK_OBJECT_HANDLE object = 0;
    ASSERT_EQ(token->functions().C_CreateObject(lease.session(), wanted, std::size(wanted), &object), CKR_OK);
  }
  test::expect_error(base::Fault::FixConfiguration, "does not tell that 'another' is an AES key of 16, 24 or 32 octets",
                     [&] { keystore::open_token_secret(hsm.address("CARDS", "another"), SoftHsm::pin()); });
  EXPECT_EQ(keystore::list_token_keys(hsm.address("CARDS", "another"), SoftHsm::pin()).at(0).kind, "secret");
}

}  // namespace
