// SCP03, the card's side, held to tests/vectors/scp03.json: worked traces of pySim and GlobalPlatform (kaoh) and
// personalization runs, in S8 and S16 mode, with AES-128, -192 and -256.
#include "smartcard/simulator/scp03.h"

#include <gtest/gtest.h>

#include <cctype>
#include <numeric>

#include "smartcard/simulator/crypto.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

namespace {

const nlohmann::json& file() {
  static const nlohmann::json json = vectors::load("scp03.json");
  return json;
}

std::vector<std::size_t> all_cases() {
  std::vector<std::size_t> indexes(file()["cases"].size());
  std::iota(indexes.begin(), indexes.end(), std::size_t{0});
  return indexes;
}

std::uint32_t counter_of(const nlohmann::json& c) {
  const auto bytes = vectors::hex(c["sequence_counter"]);
  return static_cast<std::uint32_t>(bytes[0] << 16 | bytes[1] << 8 | bytes[2]);
}

class Scp03Vectors : public ::testing::TestWithParam<std::size_t> {
 protected:
  const nlohmann::json& c = file()["cases"][GetParam()];

  Scp03 begin() const {
    return Scp03(vectors::hex(c["keys"]["enc"]), vectors::hex(c["keys"]["mac"]), counter_of(c),
                 vectors::hex(c["host_challenge"]), vectors::hex(c["card_challenge"]));
  }
  Scp03 opened() const {
    Scp03 channel = begin();
    EXPECT_TRUE(channel.authenticate(*apdu::decode_command(vectors::hex(c["external_authenticate"]))));
    return channel;
  }
};

}  // namespace

TEST_P(Scp03Vectors, AnswersInitializeUpdateAsTheTraceShows) {
  const auto response = vectors::hex(c["initialize_update_response"]);
  const auto answer = begin().initialize_update_answer();
  EXPECT_EQ(base::to_hex(answer), base::to_hex(base::ByteView(response).subspan(13, response.size() - 15)));
}

TEST_P(Scp03Vectors, UnwrapsEachCommandAndProtectsEachAnswer) {
  Scp03 channel = opened();
  for (const auto& step : c["commands"]) {
    SCOPED_TRACE(step["name"].get<std::string>());
    const auto inner = channel.unwrap(*apdu::decode_command(vectors::hex(step["wrapped"])));
    ASSERT_TRUE(inner.has_value());
    const auto plain = *apdu::decode_command(vectors::hex(step["plain"]));
    EXPECT_EQ(inner->data, plain.data);
    EXPECT_EQ(base::Bytes({inner->cla, inner->ins, inner->p1, inner->p2}),
              base::Bytes({plain.cla, plain.ins, plain.p1, plain.p2}));
    const char* const key = step.contains("protected_response") ? "protected_response" : "response";
    if (!step.contains(key)) continue;
    const auto wrapped = channel.wrap({vectors::hex(step["response_plain"]), {0x9000}});
    EXPECT_EQ(base::to_hex(apdu::encode(wrapped)), step[key].get<std::string>());
  }
}

TEST_P(Scp03Vectors, RefusesEachCommandWithOneBitOfItsMacWrong) {
  for (const auto& step : c["commands"]) {
    Scp03 channel = opened();
    auto command = *apdu::decode_command(vectors::hex(step["wrapped"]));
    command.data.back() ^= 0x01;
    EXPECT_FALSE(channel.unwrap(command).has_value());
    EXPECT_FALSE(channel.authenticated());
  }
}

TEST_P(Scp03Vectors, RefusesAHostCryptogramWithOneBitWrong) {
  Scp03 channel = begin();
  auto command = *apdu::decode_command(vectors::hex(c["external_authenticate"]));
  command.data[0] ^= 0x80;
  EXPECT_FALSE(channel.authenticate(command));
}

std::string name_of_case(const ::testing::TestParamInfo<std::size_t>& parameter) {
  std::string name = file()["cases"][parameter.param]["name"];
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Traces, Scp03Vectors, ::testing::ValuesIn(all_cases()), name_of_case);

// The traces of real cards whose security domain is known: thirteen of them.
TEST(Scp03ChallengeTest, ComesFromCounterAndAidAsOnRealCards) {
  int seen = 0;
  for (const auto& c : file()["cases"]) {
    const bool known =
        c.contains("pseudo_random_challenge_aid") || c.value("pseudo_random_challenge_matches_aid", false);
    if (!known) continue;
    ++seen;
    const auto aid = vectors::hex(c.contains("aid") ? c["aid"] : c["pseudo_random_challenge_aid"]);
    EXPECT_EQ(base::to_hex(Scp03::pseudo_random_challenge(vectors::hex(c["keys"]["enc"]), counter_of(c), aid)),
              c["card_challenge"].get<std::string>());
  }
  EXPECT_EQ(seen, 13);
}

TEST(KeyCheckValueTest, IsAsPublished) {
  for (const auto& c : file()["kcv"]["cases"]) {
    if (c["alg"] == "AES") {
      EXPECT_EQ(base::to_hex(key_check_value(vectors::hex(c["key"]))), c["kcv"].get<std::string>());
    }
  }
}

TEST(PutKeyTest, TakesTheKeysOfTheVectorAndConfirmsThem) {
  const auto& c = file()["put_key"]["cases"][0];
  State state = blank();
  state.keys.dek = base::Secret(vectors::hex(c["dek"]));
  MemoryStore store(state);
  ScriptedRandom random;
  Chip chip(store, random);
  Host host(chip);
  host.use_keys(kTransportKey, kTransportKey, vectors::hex(c["dek"]));
  ASSERT_EQ(host.open(), 0x9000);
  const auto response = host.send(*apdu::decode_command(vectors::hex(c["apdu_plain"])));
  EXPECT_EQ(base::to_hex(apdu::encode(response)), c["response"].get<std::string>());
  const State after = decode_state(store.load(), "test");
  EXPECT_EQ(after.keys.version, 0x31);
  EXPECT_EQ(base::to_hex(after.keys.enc.reveal()), c["new_keys"][0].get<std::string>());
  EXPECT_EQ(base::to_hex(after.keys.mac.reveal()), c["new_keys"][1].get<std::string>());
  EXPECT_EQ(base::to_hex(after.keys.dek.reveal()), c["new_keys"][2].get<std::string>());
}

// The whole life under each kind of key: session, new keys, session under them, a command and its protected answer.
TEST(Scp03Test, RunsWithEveryLengthOfKeyInBothModes) {
  for (const bool s16 : {false, true}) {
    for (const std::size_t length : {16U, 24U, 32U}) {
      SCOPED_TRACE(::testing::Message() << 8 * length << (s16 ? " S16" : " S8"));
      State state = blank();
      const base::Bytes transport(length, 0x40), card(length, 0x5A);
      for (base::Secret* const key : {&state.keys.enc, &state.keys.mac, &state.keys.dek}) {
        *key = base::Secret::copy_of(transport);
      }
      state.keys.s16 = s16;
      MemoryStore store(decode_state(encode_state(state), "test"));
      ScriptedRandom random;
      Chip chip(store, random);
      Host host(chip, s16);
      host.use_keys(transport, transport, transport);
      ASSERT_EQ(host.open(), 0x9000);
      EXPECT_EQ(host.initialize_update_answer()[12], s16 ? 0x71 : 0x70);
      EXPECT_EQ(host.initialize_update_answer().size(), s16 ? 48U : 32U);
      ASSERT_EQ(host.send(put_key(transport, 0x30, 0x31, {card, card, card})).sw.value, 0x9000);
      host.use_keys(card, card, card);
      ASSERT_EQ(host.open(0x33, 0x31), 0x9000);
      const auto keys = host.send({0x80, 0xCA, 0x00, 0xE0, {}, 256});
      EXPECT_EQ(base::to_hex(keys.data),
                "E012C004013188" + base::to_hex(base::Bytes{static_cast<std::uint8_t>(length)}) + "C004023188" +
                    base::to_hex(base::Bytes{static_cast<std::uint8_t>(length)}) + "C004033188" +
                    base::to_hex(base::Bytes{static_cast<std::uint8_t>(length)}));
      const auto recognition = host.send({0x80, 0xCA, 0x00, 0x66, {}, 256});
      EXPECT_NE(base::to_hex(recognition.data).find(s16 ? "2A864886FC6B040371" : "2A864886FC6B040370"),
                std::string::npos);
    }
  }
}

// Nobody gets a weaker key set in, nor a challenge of the other mode's length.
TEST(Scp03Test, TakesKeysAndChallengesOfItsOwnLengthOnly) {
  State state = blank();
  const base::Bytes transport(32, 0x40);
  for (base::Secret* const key : {&state.keys.enc, &state.keys.mac, &state.keys.dek}) {
    *key = base::Secret::copy_of(transport);
  }
  state.keys.s16 = true;
  MemoryStore store(state);
  ScriptedRandom random;
  Chip chip(store, random);
  EXPECT_EQ(sw(chip, "8050000008112233445566778800"), 0x6700) << "a challenge of S8";
  Host host(chip, true);
  host.use_keys(transport, transport, transport);
  ASSERT_EQ(host.open(), 0x9000);
  const base::Bytes shorter(16, 0x5A);
  EXPECT_EQ(host.send(put_key(transport, 0x30, 0x31, {shorter, shorter, shorter})).sw.value, 0x6A80);
}

TEST(Scp03Test, KnowsTheSecurityLevelsOfTheAmendment) {
  for (int level = 0; level < 256; ++level) {
    const bool known = level == 0x01 || level == 0x03 || level == 0x11 || level == 0x13 || level == 0x33;
    EXPECT_EQ(Scp03::is_security_level(static_cast<std::uint8_t>(level)), known) << level;
  }
}

}  // namespace simulator::testing
