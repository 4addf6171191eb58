// BAC, secure messaging with 3DES and Active Authentication, the card's side, held to ICAO Doc 9303-11 Appendix D and F
// (tests/vectors/bac.json, aa.json).
#include "smartcard/simulator/bac.h"

#include <botan/auto_rng.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/numthry.h>
#include <botan/pkcs8.h>
#include <botan/rsa.h>
#include <gtest/gtest.h>

#include "smartcard/simulator/crypto.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

namespace {

const nlohmann::json& file() {
  static const nlohmann::json json = vectors::load("bac.json");
  return json;
}

SecureMessaging session_of(const nlohmann::json& keys, const nlohmann::json& ssc) {
  return SecureMessaging(Suite::TripleDes, base::Secret(vectors::hex(keys["KSenc"])),
                         base::Secret(vectors::hex(keys["KSmac"])), vectors::hex(ssc));
}

// A finished chip that draws the appendix's RND.IC and K.IC.
class BacVectors : public ::testing::Test {
 protected:
  BacVectors() : store(state()), chip(store, random) {
    random.queue(vectors::hex(d3["RND_IC"]));
    random.queue(vectors::hex(d3["K_IC"]));
    EXPECT_EQ(sw(chip, "00A4040C07A0000002471001"), 0x9000);
  }
  static State state() {
    State card = personalized({{0x011E, vectors::hex(file()["D4_secure_messaging"]["EF_COM"])}});
    card.bac = BacKeys{base::Secret(vectors::hex(file()["D1_D2_keys"]["KEnc"])),
                       base::Secret(vectors::hex(file()["D1_D2_keys"]["KMac"]))};
    return card;
  }
  std::string answer(const nlohmann::json& command) { return base::to_hex(chip.transmit(vectors::hex(command))); }

  const nlohmann::json& d3 = file()["D3_mutual_auth"];
  MemoryStore store;
  ScriptedRandom random;
  Chip chip;
};

// The appendix's RSA keys come as n, e, d. Factors from a multiple of the group's order: for a random x, some
// x^(odd part · 2^i) is a square root of 1 other than ±1 (Handbook of Applied Cryptography §8.2.2).
AaKey aa_key_of(const nlohmann::json& c) {
  const Botan::BigInt n(Botan::BigInt::decode(vectors::hex(c["n"])));
  const Botan::BigInt e(Botan::BigInt::decode(vectors::hex(c["e"])));
  const Botan::BigInt d(Botan::BigInt::decode(vectors::hex(c["d"])));
  const Botan::BigInt order = e * d - 1;
  const std::size_t twos = Botan::low_zero_bits(order);
  for (Botan::word base = 2; base < 100; ++base) {
    Botan::BigInt x = Botan::power_mod(Botan::BigInt(base), order >> twos, n);
    for (std::size_t i = 0; i < twos && x != 1; ++i) {
      const Botan::BigInt square = (x * x) % n;
      if (square == 1 && x != n - 1) {
        const Botan::BigInt p = Botan::gcd(x - 1, n);
        const auto pkcs8 = Botan::PKCS8::BER_encode(Botan::RSA_PrivateKey(p, n / p, e, d, n));
        return AaKey::load(pkcs8).value();
      }
      x = square;
    }
  }
  throw std::runtime_error("n, e and d do not belong together");
}

}  // namespace

TEST_F(BacVectors, AnswersMutualAuthenticationAsAppendixDShows) {
  EXPECT_EQ(answer(d3["get_challenge_cmd"]), d3["get_challenge_rsp"].get<std::string>());
  EXPECT_EQ(answer(d3["external_authenticate_cmd"]), d3["external_authenticate_rsp"].get<std::string>());
}

TEST_F(BacVectors, ReadsEfComUnderSecureMessagingAsAppendixDShows) {
  answer(d3["get_challenge_cmd"]);
  answer(d3["external_authenticate_cmd"]);
  for (const auto& step : file()["D4_secure_messaging"]["steps"]) {
    EXPECT_EQ(answer(step["command"]["protected_command"]), step["response"]["protected_response"].get<std::string>())
        << step["name"];
  }
}

TEST_F(BacVectors, RefusesAnotherChallengeInsideARightMac) {
  answer(d3["get_challenge_cmd"]);
  const std::string data = file()["negative"][1]["cmd_data"];
  EXPECT_EQ(sw(chip, "0082000028" + data + "28"), 0x6300);
  EXPECT_EQ(sw(chip, "0CB000000D9701048E08ED6705417E96BA5500"), 0x6988) << "no session was opened";
}

TEST_F(BacVectors, RefusesExternalAuthenticateWithoutAChallenge) {
  EXPECT_EQ(base::to_hex(chip.transmit(vectors::hex(d3["external_authenticate_cmd"]))), "6985");
}

TEST(SecureMessagingVectors, UnwrapsAndWrapsEachExchange) {
  const auto& extra = file()["generated_extra_3des"];
  SecureMessaging session = session_of(extra, extra["SSC_initial"]);
  for (const auto& step : extra["sequence"]) {
    SCOPED_TRACE(step["name"].get<std::string>());
    const auto raw = *apdu::decode_command(vectors::hex(step["command"]["protected_command"]));
    const auto unwrapped = session.unwrap(raw);
    ASSERT_TRUE(std::holds_alternative<apdu::Command>(unwrapped));
    const auto& inner = std::get<apdu::Command>(unwrapped);
    const auto header = vectors::hex(step["header"]);
    EXPECT_EQ(base::Bytes({inner.cla, inner.ins, inner.p1, inner.p2}), header);
    EXPECT_EQ(base::to_hex(inner.data), step["data"].is_null() ? "" : step["data"].get<std::string>());
    EXPECT_EQ(inner.le, step["le"].is_null() ? std::nullopt : std::optional(step["le"].get<std::uint32_t>()));
    const auto status = vectors::hex(step["response_sw"]);
    const apdu::Response plain{vectors::hex(step["response_plain"]),
                               {static_cast<std::uint16_t>(status[0] << 8 | status[1])}};
    EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain, (inner.ins & 1) != 0))),
              step["response"]["protected_response"].get<std::string>());
  }
}

TEST(SecureMessagingTest, NeverLetsTheCounterWrap) {
  const auto& extra = file()["generated_extra_3des"];
  for (const char* const ssc : {"FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFE"}) {
    SecureMessaging session = session_of(extra, ssc);
    const auto refused = session.unwrap({0x0C, 0xB0, 0, 0, base::hex("9701048E080000000000000000"), 256});
    ASSERT_TRUE(std::holds_alternative<apdu::StatusWord>(refused));
    EXPECT_EQ(std::get<apdu::StatusWord>(refused).value, 0x6988);
  }
}

TEST(SecureMessagingTest, FitsWhatItPromisesIntoAShortAnswer) {
  const auto& vector = file()["generated_extra_3des"];
  EXPECT_EQ(session_of(vector, vector["SSC_initial"]).largest_data(256), 231U);
  EXPECT_EQ(SecureMessaging::derived(Suite::Aes128, base::Bytes(32)).largest_data(256), 223U);
  for (const std::size_t room : {15U, 23U, 24U, 31U, 140U, 141U, 256U, 270U, 65533U}) {
    const auto& extra = file()["generated_extra_3des"];
    SecureMessaging session = session_of(extra, extra["SSC_initial"]);
    const auto raw = *apdu::decode_command(vectors::hex(extra["sequence"][0]["command"]["protected_command"]));
    ASSERT_TRUE(std::holds_alternative<apdu::Command>(session.unwrap(raw)));
    const auto wrapped = session.wrap({base::Bytes(session.largest_data(room)), {0x9000}}, false);
    EXPECT_LE(wrapped.data.size(), room) << room;
  }
}

TEST(ActiveAuthenticationVectors, SignsAsScheme1WithSha256Shows) {
  int seen = 0;
  const auto json = vectors::load("aa.json");
  for (const auto& c : json["cases"]) {
    if (c["hash"] != "sha256" || !c.contains("n")) continue;
    ++seen;
    SCOPED_TRACE(c["name"].get<std::string>());
    base::SeededRandom random(1);
    const auto signature = aa_key_of(c).sign(vectors::hex(c["M1"]), vectors::hex(c["RND_IFD"]), random);
    EXPECT_EQ(base::to_hex(signature), c["signature"].get<std::string>());
  }
  EXPECT_EQ(seen, 2);
}

TEST(AaKeyTest, AnswersWithFreshRandomnessEachTime) {
  ScriptedRandom random;
  const auto key = AaKey::load(personalized().aa_key.reveal()).value();
  const auto challenge = base::hex("0102030405060708");
  const auto first = key.answer(challenge, random);
  EXPECT_EQ(first.size(), 256U);
  EXPECT_NE(first, key.answer(challenge, random));
}

// What the other library says to the answers stands in InspectorAtTheChip.
TEST(AaKeyTest, OfACurveAnswersWithTwoNumbers) {
  base::SeededRandom random(3);
  for (const auto kind : {AaKey::Kind::P256, AaKey::Kind::BrainpoolP256r1}) {
    const auto key = AaKey::load(AaKey::generate(random, kind).pkcs8().reveal()).value();
    EXPECT_EQ(key.kind(), kind);
    EXPECT_EQ(key.point().size(), 65U);
    EXPECT_EQ(key.answer_size(), 64U);
    EXPECT_EQ(key.answer(base::hex("0102030405060708"), random).size(), 64U);
  }
}

TEST(AaKeyTest, RefusesWhatIsNoKeyOfItsKinds) {
  const auto another_curve = [] {
    Botan::AutoSeeded_RNG rng;
    return Botan::PKCS8::BER_encode(Botan::ECDSA_PrivateKey(rng, Botan::EC_Group("secp384r1")));
  }();
  EXPECT_FALSE(AaKey::load(another_curve).has_value());
  EXPECT_FALSE(AaKey::load({}).has_value());
  EXPECT_FALSE(AaKey::load(base::hex("30030201")).has_value());
}

TEST(PaddingTest, IsTakenOffOnlyWhereItStands) {
  EXPECT_EQ(pad({}, 8), base::hex("8000000000000000"));
  EXPECT_EQ(unpad(base::hex("8000000000000000"), 8), base::Bytes{});
  EXPECT_EQ(unpad(base::hex("0102030405060780"), 8), base::hex("01020304050607"));
  EXPECT_FALSE(unpad(base::hex("0000000000000000"), 8).has_value());
  EXPECT_FALSE(unpad(base::hex("80000000000000000000000000000000"), 8).has_value()) << "a whole block of padding";
  EXPECT_FALSE(unpad(base::hex("01020304050607"), 8).has_value());
  EXPECT_FALSE(unpad({}, 8).has_value());
}

}  // namespace simulator::testing
