#include "pki/evidence/statement.h"

#include <gtest/gtest.h>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "tests/support/vectors.h"

namespace {

using nlohmann::json;

// RFC 5480: SubjectPublicKeyInfo of a point on P-256.
base::Bytes p256_public_key(base::ByteView x, base::ByteView y) {
  asn1::TlvWriter algorithm;
  algorithm.oid(asn1::Oid("1.2.840.10045.2.1")).oid(asn1::Oid("1.2.840.10045.3.1.7"));
  const std::uint8_t uncompressed = 0x04;
  asn1::TlvWriter info;
  info.sequence(algorithm).bit_string(base::concat({{&uncompressed, 1}, x, y}));
  return asn1::TlvWriter{}.sequence(info).take();
}

TEST(StatementVectors, Es256OfTheStandardVerifies) {
  const json vector = vectors::load("evidence.json").at("jws_es256");
  const auto x = base::parse_base64url(vector.at("x").get<std::string>());
  const auto y = base::parse_base64url(vector.at("y").get<std::string>());
  ASSERT_TRUE(x && y);
  const auto key = crypto::openssl::parse_public_key(p256_public_key(*x, *y));
  ASSERT_TRUE(key);
  const std::string jws = vector.at("jws");
  const auto dot = jws.rfind('.');
  const auto signature = base::parse_base64url(jws.substr(dot + 1));
  ASSERT_TRUE(signature);
  const auto digest = crypto::openssl::sha256(base::view_of(jws).first(dot));
  EXPECT_TRUE(crypto::openssl::verify_ecdsa_plain(key.get(), digest, *signature));
  EXPECT_FALSE(evidence::open_statement(jws, "answer", p256_public_key(*x, *y)));  // signed well, but no statement
  EXPECT_FALSE(evidence::claimed_key_id(jws));
}

class StatementTest : public testing::Test {
 protected:
  std::string sign(const json& payload = {{"case", "2026-000001"}, {"name", "Đặng Thị Thử"}}) const {
    return evidence::sign_statement("answer", payload, *key_);
  }
  std::optional<json> open(const std::string& jws, std::string_view type = "answer") const {
    return evidence::open_statement(jws, type, key_->public_key_named());
  }
  // Any header and payload under a good signature: what a careless signer would make.
  std::string sign_raw(const std::string& header, const std::string& payload) const {
    const std::string input =
        base::to_base64url(base::view_of(header)) + "." + base::to_base64url(base::view_of(payload));
    return input + "." + base::to_base64url(key_->sign_digest(crypto::openssl::sha256(base::view_of(input))));
  }
  std::string header(const std::string& more = "") const {
    return R"({"alg":"ES256",)" + more + R"("kid":")" + id_ + R"(","typ":"cccd-answer+jws"})";
  }

  base::SeededRandom random_{7};
  std::unique_ptr<keystore::SigningKey> key_ = keystore::generate(keystore::Curve::P256, random_);
  std::string id_ = evidence::key_id(key_->public_key_named());
};

TEST_F(StatementTest, OpensWhatItsKeySigned) {
  const json payload = {{"number", "001090000000"}, {"list", {1, 2, 3}}, {"none", nullptr}, {"name", "Đặng"}};
  const std::string jws = sign(payload);
  EXPECT_EQ(open(jws), payload);
  EXPECT_EQ(evidence::claimed_key_id(jws), id_);
}

TEST_F(StatementTest, AnEmptyObjectIsAPayload) {
  EXPECT_EQ(open(sign(json::object())), json::object());
}

TEST_F(StatementTest, RefusesAnotherTypeAndAnotherKey) {
  const std::string jws = sign();
  EXPECT_FALSE(open(jws, "order"));
  EXPECT_FALSE(open(jws, "answe"));
  const auto other = keystore::generate(keystore::Curve::P256, random_);
  EXPECT_FALSE(evidence::open_statement(jws, "answer", other->public_key_named()));
  EXPECT_FALSE(evidence::open_statement(jws, "answer", {}));
  EXPECT_FALSE(evidence::open_statement(jws, "answer", base::hex("3003020100")));
}

TEST_F(StatementTest, RefusesEveryChangedCharacter) {
  const std::string jws = sign();
  for (std::size_t i = 0; i < jws.size(); ++i) {
    std::string changed = jws;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open(changed)) << i;
  }
}

TEST_F(StatementTest, RefusesEveryCutAndEveryAddition) {
  const std::string jws = sign();
  for (std::size_t length = 0; length < jws.size(); ++length) EXPECT_FALSE(open(jws.substr(0, length))) << length;
  for (const char* const more : {"A", ".", "=", "\n", ".AAAA"}) EXPECT_FALSE(open(jws + more)) << more;
  EXPECT_FALSE(open(" " + jws));
  EXPECT_FALSE(open(std::string(2U << 20, 'A')));
}

TEST_F(StatementTest, RefusesAHeaderThatSaysMoreOrOtherwise) {
  EXPECT_TRUE(open(sign_raw(header(), "{}")));
  EXPECT_FALSE(open(sign_raw(header(R"("crit":[],)"), "{}")));
  EXPECT_FALSE(open(sign_raw(header(R"("jwk":{},)"), "{}")));
  EXPECT_FALSE(open(sign_raw(R"({"alg":"none","kid":")" + id_ + R"(","typ":"cccd-answer+jws"})", "{}")));
  EXPECT_FALSE(open(sign_raw(R"({"alg":"HS256","kid":")" + id_ + R"(","typ":"cccd-answer+jws"})", "{}")));
  EXPECT_FALSE(open(sign_raw(R"({"alg":"ES256","typ":"cccd-answer+jws"})", "{}")));
  EXPECT_FALSE(open(sign_raw(R"({"typ":"cccd-answer+jws","alg":"ES256","kid":")" + id_ + R"("})", "{}")));
  EXPECT_FALSE(open(sign_raw(" " + header(), "{}")));
}

TEST_F(StatementTest, RefusesAPayloadThatIsNotCanonical) {
  for (const char* const payload : {"{ }", R"({"b":1,"a":2})", R"({"a":1,"a":1})", R"({"a":1.5})", "[]", "1", "null",
                                    "", "{", "\"text\"", R"({"a":"\u0041"})"}) {
    EXPECT_FALSE(open(sign_raw(header(), payload))) << payload;
  }
}

TEST_F(StatementTest, RefusesSignaturesOfOddShape) {
  const std::string jws = sign();
  const std::string input = jws.substr(0, jws.rfind('.'));
  EXPECT_FALSE(open(input + "." + base::to_base64url(base::Bytes(64, 0))));
  EXPECT_FALSE(open(input + "." + base::to_base64url(base::Bytes(64, 0xFF))));
  EXPECT_FALSE(open(input + "." + base::to_base64url(base::Bytes(96, 1))));
  EXPECT_FALSE(open(input + "."));
}

TEST_F(StatementTest, ClaimedKeyIdIsOnlyALookUp) {
  EXPECT_EQ(evidence::claimed_key_id(base::to_base64url(base::view_of(R"({"kid":"x"})")) + ".e30.AA"), "x");
  for (const char* const other : {"", ".", "..", "...", "e30.e30.AA", "a", "!!.e30.AA", "bnVsbA.e30.AA"}) {
    EXPECT_FALSE(evidence::claimed_key_id(other)) << other;
  }
  EXPECT_FALSE(evidence::claimed_key_id(base::to_base64url(base::view_of(R"({"kid":1})")) + ".e30.AA"));
}

TEST_F(StatementTest, AKeyWhoseSignaturesDoNotVerifyIsNotUsed) {
  class Broken final : public keystore::SigningKey {
   public:
    explicit Broken(const keystore::SigningKey& good) : good_(good) {}
    keystore::KeyKind kind() const override { return good_.kind(); }
    base::Bytes sign_unverified(base::ByteView digest) const override {
      base::Bytes signature = good_.sign_unverified(digest);
      signature[40] ^= 1;
      return signature;
    }
    base::Bytes public_key_named() const override { return good_.public_key_named(); }
    base::Bytes public_key_explicit() const override { return good_.public_key_explicit(); }

   private:
    const keystore::SigningKey& good_;
  };
  EXPECT_ANY_THROW(evidence::sign_statement("answer", json::object(), Broken(*key_)));
}

TEST(HashTest, IsSha256InBase64url) {
  EXPECT_EQ(evidence::sha256_text("abc"), "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");  // FIPS 180-2 App. B.1
}

}  // namespace
