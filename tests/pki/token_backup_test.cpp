// Keys that go from one token to another, and what somebody with the PIN alone gets of them: nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "pki/admin/key_backup.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/keystore/pkcs11_backup.h"
#include "pki/keystore/pkcs11_secret.h"
#include "pki/pkcs11/token.h"
#include "tests/pki/softhsm.h"

namespace {

using keystore::KeyKind;
using keystore::Leaving;
using test::expect_error;
using test::SoftHsm;
using testing::ElementsAre;
using testing::HasSubstr;

base::Secret wrapping_key() {
  return base::Secret(base::hex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"));
}
base::Bytes some_digest() {
  return crypto::openssl::sha256(base::view_of("some text"));
}

// Two tokens that received one wrapping key.
class TokenBackup : public testing::Test {
 protected:
  TokenBackup() {
    for (const char* const token : {"FIRST", "SECOND"}) hsm_.make_token(token);
    for (const char* const token : {"FIRST", "SECOND"}) {
      keystore::receive_wrapping_key(hsm_.address(token, "kek-1"), wrapping_key(), SoftHsm::officer_pin());
    }
  }
  std::string first(const std::string& object) const { return hsm_.address("FIRST", object); }
  std::string second(const std::string& object) const { return hsm_.address("SECOND", object); }
  std::vector<std::string> labels_in_second() const {
    std::vector<std::string> labels;
    for (const auto& key : keystore::list_token_keys(second(""), SoftHsm::pin())) labels.push_back(key.label);
    return labels;
  }
  keystore::WrappedKey back_up(KeyKind kind = KeyKind::P256) {
    keystore::generate_token_key(first("ds-1"), kind, SoftHsm::pin(), Leaving::WrappedOnly);
    return keystore::back_up_token_key(first("ds-1"), "kek-1", SoftHsm::pin());
  }
  SoftHsm hsm_;
};

class EveryKindOfBackup : public TokenBackup, public testing::WithParamInterface<KeyKind> {};

TEST_P(EveryKindOfBackup, IsTheSameKeyInTheOtherTokenAndStaysThere) {
  const auto backup = back_up(GetParam());
  const auto listed = keystore::list_token_keys(first("ds-1"), SoftHsm::pin());
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_TRUE(listed[0].wrapped_only);
  EXPECT_FALSE(listed[0].extractable);
  keystore::restore_token_key(second("ds-1"), backup, SoftHsm::pin());
  const auto original = keystore::open(first("ds-1"), SoftHsm::pin());
  const auto restored = keystore::open(second("ds-1"), SoftHsm::pin());
  EXPECT_EQ(restored->public_key_explicit(), original->public_key_explicit());
  const auto judge = crypto::openssl::parse_public_key(original->public_key_named());
  const auto verifies =
      keystore::is_rsa(GetParam()) ? crypto::openssl::verify_rsa_pss : crypto::openssl::verify_ecdsa_plain;
  EXPECT_TRUE(verifies(judge.get(), some_digest(), restored->sign_unverified(some_digest())));
  EXPECT_EQ(keystore::list_token_keys(second("ds-1"), SoftHsm::pin()).at(0).id, listed[0].id);
  expect_error(base::Fault::FixConfiguration, "never leaves its token",
               [&] { keystore::back_up_token_key(second("ds-1"), "kek-1", SoftHsm::pin()); });
}

INSTANTIATE_TEST_SUITE_P(TokenBackup, EveryKindOfBackup,
                         testing::Values(KeyKind::P256, KeyKind::P521, KeyKind::BrainpoolP512r1, KeyKind::Rsa3072));

// As every command and plan makes keys: by the address alone.
TEST_F(TokenBackup, IsForAKeyWhoseAddressSaidSoWhenItWasMade) {
  base::SeededRandom random(4);
  keystore::generate_at(first("csca-1") + "&x-backup=wrapped", KeyKind::P256, SoftHsm::pin(), random);
  const auto listed = keystore::list_token_keys(first("csca-1"), SoftHsm::pin());
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_TRUE(listed[0].wrapped_only);
  keystore::restore_token_key(second("csca-1"), keystore::back_up_token_key(first("csca-1"), "kek-1", SoftHsm::pin()),
                              SoftHsm::pin());
  expect_error(base::Fault::UsedWrongly, "belongs where a key is made",
               [&] { keystore::open(first("csca-1") + "&x-backup=wrapped", SoftHsm::pin()); });
}

TEST_F(TokenBackup, OfAMasterKeyDerivesTheSameInBothTokens) {
  keystore::generate_token_secret(first("card-master"), 32, SoftHsm::pin(), Leaving::WrappedOnly);
  const auto backup = keystore::back_up_token_key(first("card-master"), "kek-1", SoftHsm::pin());
  EXPECT_EQ(backup.wrapped.size(), 40U) << "32 octets and RFC 5649's own block";
  keystore::restore_token_key(second("card-master"), backup, SoftHsm::pin());
  const base::Bytes message = base::bytes_of("diversification data");
  const auto master = keystore::open_token_secret(first("card-master"), SoftHsm::pin());
  const auto again = keystore::open_token_secret(second("card-master"), SoftHsm::pin());
  EXPECT_TRUE(base::equal(master->mac(message).reveal(), again->mac(message).reveal()));
  EXPECT_EQ(again->size(), 32U) << "where it was unwrapped it is known how long a chip's keys are";
  EXPECT_EQ(keystore::list_token_keys(second("card-master"), SoftHsm::pin()).at(0).kind, "AES-256")
      << "and no key that wraps others";
}

TEST_F(TokenBackup, IsRefusedToAKeyThatWasMadeToStay) {
  keystore::generate_token_key(first("ds-1"), KeyKind::P256, SoftHsm::pin());
  keystore::generate_token_secret(first("card-master"), 16, SoftHsm::pin(), Leaving::Never);
  for (const char* const label : {"ds-1", "card-master"}) {
    expect_error(base::Fault::FixConfiguration, "never leaves its token",
                 [&] { keystore::back_up_token_key(first(label), "kek-1", SoftHsm::pin()); });
  }
  expect_error(base::Fault::FixConfiguration, "no such key is called 'kek-2'",
               [&] { keystore::back_up_token_key(first("ds-1"), "kek-2", SoftHsm::pin()); });
}

TEST_F(TokenBackup, WhichIsDamagedOrOfAnotherKeyLeavesNothingBehind) {
  const auto good = back_up();
  auto damaged = good;
  damaged.wrapped[20] ^= 1;
  expect_error(base::Fault::FixConfiguration, "does not unwrap it",
               [&] { keystore::restore_token_key(second("ds-1"), damaged, SoftHsm::pin()); });
  EXPECT_THAT(labels_in_second(), ElementsAre("kek-1"));
  auto foreign = good;
  base::SeededRandom random(3);
  foreign.public_key = keystore::generate(KeyKind::P256, random)->public_key_named();
  expect_error(base::Fault::TreatAsAttack, "OpenSSL does not confirm",
               [&] { keystore::restore_token_key(second("ds-1"), foreign, SoftHsm::pin()); });
  EXPECT_THAT(labels_in_second(), ElementsAre("kek-1"));
  expect_error(base::Fault::FixConfiguration, "a key keeps its label",
               [&] { keystore::restore_token_key(second("ds-2"), good, SoftHsm::pin()); });
  keystore::restore_token_key(second("ds-1"), good, SoftHsm::pin());
  expect_error(base::Fault::FixConfiguration, "is there already",
               [&] { keystore::restore_token_key(second("ds-1"), good, SoftHsm::pin()); });
}

TEST_F(TokenBackup, TakesTheCountOfUsesAlong) {
  keystore::generate_token_key(first("ds-1"), KeyKind::P256, SoftHsm::pin(), Leaving::WrappedOnly);
  keystore::limit_uses(first("ds-1"), 3, SoftHsm::pin());
  keystore::open(first("ds-1"), SoftHsm::pin())->sign_digest(some_digest());
  const auto backup = keystore::back_up_token_key(first("ds-1"), "kek-1", SoftHsm::pin());
  keystore::restore_token_key(second("ds-1"), backup, SoftHsm::pin());
  const auto uses = keystore::use_limit(second("ds-1"), SoftHsm::pin());
  ASSERT_TRUE(uses);
  EXPECT_EQ(uses->limit, 3);
  EXPECT_EQ(uses->uses, 2) << "one in the first token, one to try the restored key";
}

TEST_F(TokenBackup, FileIsReadWholeOrRefused) {
  const auto backup = back_up();
  const std::string text = admin::encode_backup(backup);
  EXPECT_EQ(admin::encode_backup(admin::parse_backup(text, "a.backup")), text);
  EXPECT_THAT(text, testing::Not(HasSubstr("FIRST"))) << "the file does not know its token";
  const auto refused = [](const std::string& bad, const std::string& part) {
    expect_error(base::Fault::FixConfiguration, "a.backup: " + part, [&] { admin::parse_backup(bad, "a.backup"); });
  };
  refused("[]", "is no JSON object");
  refused(R"({"format":"cccd-key-backup-2"})", "is of another format");
  refused(R"({"format":"cccd-key-backup-1"})", "'label' is missing");
  refused(std::string(text).replace(text.find("\"label\""), 7, "\"name\""), "'label' is missing");
  refused("{\"more\": 1," + text.substr(1), "'more' is no field");
}

// --- somebody who has the PIN, and the module -----------------------------------------------------------------------

class PinHolder : public TokenBackup {
 protected:
  PinHolder() {
    keystore::generate_token_key(first("ds-1"), KeyKind::P256, SoftHsm::pin(), Leaving::WrappedOnly);
    token_ = pkcs11::Token::open(pkcs11::parse_address(first("")), SoftHsm::pin());
    lease_.emplace(*token_);
  }
  const pkcs11::Functions& module() const { return token_->functions(); }
  pkcs11::Session session() const { return lease_->session(); }
  CK_OBJECT_HANDLE find(CK_OBJECT_CLASS type, const std::string& label) const {
    return *pkcs11::find_object(module(), session(), type, label);
  }
  CK_RV wrap_under(CK_OBJECT_HANDLE wrapping) const {
    CK_MECHANISM how{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
    base::Bytes wrapped(512);
    CK_ULONG size = wrapped.size();
    return module().C_WrapKey(session(), &how, wrapping, find(CKO_PRIVATE_KEY, "ds-1"), wrapped.data(), &size);
  }

  std::shared_ptr<pkcs11::Token> token_;
  std::optional<pkcs11::Token::Lease> lease_;
  const CK_BBOOL yes_ = CK_TRUE, no_ = CK_FALSE;
};

TEST_F(PinHolder, WrapsNothingUnderAKeyOfHisOwn) {
  const CK_OBJECT_CLASS type = CKO_SECRET_KEY;
  const CK_KEY_TYPE kind = CKK_AES;
  const base::Bytes known(32, 0x55);
  std::array own{pkcs11::attribute(CKA_CLASS, &type, sizeof type), pkcs11::attribute(CKA_KEY_TYPE, &kind, sizeof kind),
                 pkcs11::attribute(CKA_WRAP, &yes_, sizeof yes_),
                 pkcs11::attribute(CKA_VALUE, known.data(), known.size())};
  CK_OBJECT_HANDLE object = 0;
  ASSERT_EQ(module().C_CreateObject(session(), own.data(), own.size(), &object), CKR_OK);
  EXPECT_EQ(wrap_under(object), CKR_KEY_NOT_WRAPPABLE);
  EXPECT_EQ(wrap_under(find(CKO_SECRET_KEY, "kek-1")), CKR_OK) << "the officer's key wraps it";
  CK_ATTRIBUTE trusted = pkcs11::attribute(CKA_TRUSTED, &yes_, sizeof yes_);
  EXPECT_NE(module().C_SetAttributeValue(session(), object, &trusted, 1), CKR_OK);
}

TEST_F(PinHolder, ReadsNothingAndOpensNothingByTheWrappingKey) {
  base::Bytes value(512);
  CK_ATTRIBUTE wanted{CKA_VALUE, value.data(), value.size()};
  EXPECT_EQ(module().C_GetAttributeValue(session(), find(CKO_PRIVATE_KEY, "ds-1"), &wanted, 1),
            CKR_ATTRIBUTE_SENSITIVE);
  const CK_OBJECT_HANDLE wrapping = find(CKO_SECRET_KEY, "kek-1");
  CK_MECHANISM block{CKM_AES_ECB, nullptr, 0};
  EXPECT_EQ(module().C_DecryptInit(session(), &block, wrapping), CKR_KEY_FUNCTION_NOT_PERMITTED);
  CK_ATTRIBUTE decrypts = pkcs11::attribute(CKA_DECRYPT, &yes_, sizeof yes_);
  EXPECT_NE(module().C_SetAttributeValue(session(), wrapping, &decrypts, 1), CKR_OK) << "and it stays so";
}

TEST_F(PinHolder, UnwrapsNoReadableKey) {
  const auto backup = keystore::back_up_token_key(first("ds-1"), "kek-1", SoftHsm::pin());
  const CK_OBJECT_CLASS type = CKO_PRIVATE_KEY;
  const CK_KEY_TYPE kind = CKK_EC;
  const auto unwrap = [&](CK_BBOOL sensitive, CK_BBOOL extractable) {
    std::array like{pkcs11::attribute(CKA_CLASS, &type, sizeof type),
                    pkcs11::attribute(CKA_KEY_TYPE, &kind, sizeof kind),
                    pkcs11::attribute(CKA_PRIVATE, &yes_, sizeof yes_),
                    pkcs11::attribute(CKA_SENSITIVE, &sensitive, sizeof sensitive),
                    pkcs11::attribute(CKA_EXTRACTABLE, &extractable, sizeof extractable)};
    CK_MECHANISM how{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
    base::Bytes wrapped = backup.wrapped;
    CK_OBJECT_HANDLE object = 0;
    return module().C_UnwrapKey(session(), &how, find(CKO_SECRET_KEY, "kek-1"), wrapped.data(), wrapped.size(),
                                like.data(), like.size(), &object);
  };
  EXPECT_EQ(unwrap(CK_TRUE, CK_FALSE), CKR_OK);
  EXPECT_NE(unwrap(CK_FALSE, CK_FALSE), CKR_OK) << "not sensitive: readable";
  EXPECT_NE(unwrap(CK_TRUE, CK_TRUE), CKR_OK) << "could leave again, under any key";
}

TEST(WrappingKey, IsMadeByTheOfficerAlone) {
  SoftHsm hsm;
  hsm.make_token("FIRST");
  expect_error(base::Fault::FixConfiguration, "refuses the security officer's PIN",
               [&] { keystore::receive_wrapping_key(hsm.address("FIRST", "kek-1"), wrapping_key(), SoftHsm::pin()); });
  expect_error(base::Fault::AskOperator, "none is spent", [&] {
    keystore::receive_wrapping_key(hsm.address("FIRST", "kek-1"), wrapping_key(), SoftHsm::officer_pin());
  });
}

}  // namespace
