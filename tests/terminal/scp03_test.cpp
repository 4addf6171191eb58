// SCP03 against sessions of osmocom/pysim, kaoh/globalplatform and our own generator, and a card that answers wrongly.
#include "smartcard/globalplatform/scp03.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "pki/base/core/error.h"
#include "smartcard/globalplatform/secure_channel.h"
#include "smartcard/transport/test_channels.h"
#include "tests/support/vectors.h"
#include "tests/terminal/scp_vectors.h"

namespace {

using base::Bytes;
using base::Secret;
using globalplatform::DataKey;
using globalplatform::KeyKind;
using globalplatform::KeySet;
using globalplatform::Mode;
using globalplatform::Scp03Session;
using globalplatform::SecurityLevel;
using scp_vectors::keys_of;
using scp_vectors::level_of;

Scp03Session session_of(const nlohmann::json& value) {
  return {keys_of(value["keys"]), level_of(value), vectors::hex(value["host_challenge"]),
          vectors::hex(value["card_challenge"])};
}

TEST(Scp03Test, ReadsTheAnswerToInitializeUpdate) {
  const auto file = vectors::load("scp03.json");
  for (const auto& value : file["cases"]) {
    SCOPED_TRACE(value["name"].get<std::string>());
    const auto response = apdu::decode_response(vectors::hex(value["initialize_update_response"])).value();
    const auto parsed = globalplatform::parse_initialize_update(response.data);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(base::to_hex(parsed->card_challenge), value["card_challenge"]);
    EXPECT_EQ(base::to_hex(parsed->card_cryptogram), value["card_cryptogram"]);
    EXPECT_EQ(base::to_hex(parsed->sequence_counter), value["sequence_counter"]);
  }
}

TEST(Scp03Test, PlaysEverySessionOfTheVectors) {
  const auto file = vectors::load("scp03.json");
  int answers = 0;
  std::set<std::pair<std::size_t, std::size_t>> kinds;  // octets of keys and of challenges
  for (const auto& value : file["cases"]) {
    SCOPED_TRACE(value["name"].get<std::string>());
    kinds.emplace(vectors::hex(value["keys"]["enc"]).size(), vectors::hex(value["card_challenge"]).size());
    Scp03Session session = session_of(value);
    ASSERT_TRUE(session.verify_card(vectors::hex(value["card_cryptogram"])));
    EXPECT_EQ(base::to_hex(apdu::encode(session.external_authenticate())), value["external_authenticate"]);
    for (const auto& step : value["commands"]) {
      SCOPED_TRACE(step["name"].get<std::string>());
      const auto plain = apdu::decode_command(vectors::hex(step["plain"])).value();
      EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain))), step["wrapped"]);
      const char* const field = step.contains("protected_response") ? "protected_response" : "response";
      if (!step.contains(field)) continue;
      ++answers;
      Bytes raw = vectors::hex(step[field]);
      const auto answer = session.unwrap(apdu::decode_response(raw).value());
      EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
      EXPECT_TRUE(answer.sw.ok());
    }
  }
  EXPECT_GE(answers, 18);
  EXPECT_EQ(kinds.size(), 4U) << "AES-128, -192 and -256 in S8 mode, AES-256 in S16 mode";
}

nlohmann::json full_level_case() {
  const auto file = vectors::load("scp03.json");
  const auto& cases = file["cases"];
  const auto found = std::find_if(cases.begin(), cases.end(), [](const nlohmann::json& value) {
    return value["name"] == "GEN AES-128 S8 level 33 personalization";
  });
  return *found;
}

// The vector's session, with its first command wrapped.
Scp03Session waiting_session(const nlohmann::json& value) {
  Scp03Session session = session_of(value);
  EXPECT_TRUE(session.verify_card(vectors::hex(value["card_cryptogram"])));
  session.external_authenticate();
  session.wrap(apdu::decode_command(vectors::hex(value["commands"][0]["plain"])).value());
  return session;
}

void expect_closed(const apdu::Response& answer, const std::string& because) {
  Scp03Session session = waiting_session(full_level_case());
  try {
    session.unwrap(answer);
    ADD_FAILURE() << "accepted; expected: " << because;
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
    EXPECT_NE(error.seen().find(because), std::string::npos) << error.seen();
  }
  EXPECT_FALSE(session.alive());
  EXPECT_THROW(session.wrap({0x80, 0xF2, 0x40, 0x00, {}, 256}), base::Error);
}

TEST(Scp03Test, ClosesOnAWrongOrMissingRMac) {
  const auto step = full_level_case()["commands"][0];
  const auto good = apdu::decode_response(vectors::hex(step["protected_response"])).value();
  apdu::Response flipped = good;
  flipped.data.back() ^= 0x01;
  expect_closed(flipped, "R-MAC of the card's answer is wrong");
  flipped = good;
  flipped.data.front() ^= 0x01;
  expect_closed(flipped, "R-MAC of the card's answer is wrong");
  flipped = good;
  flipped.sw.value = 0x6200;
  expect_closed(flipped, "R-MAC of the card's answer is wrong");
  expect_closed({{}, {0x9000}}, "lacks its R-MAC");
  expect_closed({base::hex("00"), {0x6A80}}, "data with an error");
}

TEST(Scp03Test, GivesAnErrorWordOfTheCardBackAndGoesOn) {
  Scp03Session session = waiting_session(full_level_case());
  EXPECT_EQ(session.unwrap({{}, {0x6A80}}).sw.value, 0x6A80);
  EXPECT_TRUE(session.alive());
}

TEST(Scp03Test, KnowsNoOtherSecurityLevels) {
  EXPECT_FALSE(globalplatform::security_level(0x00));
  EXPECT_FALSE(globalplatform::security_level(0x02));
  EXPECT_FALSE(globalplatform::security_level(0x30));
  EXPECT_FALSE(globalplatform::security_level(0xFF));
}

class FixedRandom final : public base::Random {
 public:
  explicit FixedRandom(Bytes bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override { std::copy_n(bytes_.begin(), out.size(), out.begin()); }

 private:
  Bytes bytes_;
};

std::string line(char mark, const nlohmann::json& value) {
  return std::string(1, mark) + " " + value.get<std::string>() + "\n";
}

globalplatform::OpenedChannel open(transport::Channel& card, const nlohmann::json& value, const KeySet& keys) {
  const Bytes challenge = vectors::hex(value["host_challenge"]);
  FixedRandom random(challenge);
  const KeySet* const candidates[] = {&keys};
  const auto mode = challenge.size() == 16 ? Mode::S16 : Mode::S8;
  return globalplatform::open_secure_channel(card, 0x30, candidates, {.mode = mode, .level = level_of(value)}, random);
}

TEST(SecureChannelTest, OpensASessionAndSpeaksThroughIt) {
  const auto value = full_level_case();
  const auto& step = value["commands"][0];
  transport::ScriptChannel card(line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]) +
                                line('>', value["external_authenticate"]) + "< 9000\n" + line('>', step["wrapped"]) +
                                line('<', step["protected_response"]));
  const auto opened = open(card, value, keys_of(value["keys"]));
  ASSERT_TRUE(opened.channel);
  EXPECT_TRUE(opened.findings.empty());
  const auto answer = opened.channel->transmit(apdu::decode_command(vectors::hex(step["plain"])).value());
  EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
  card.finish();
}

TEST(SecureChannelTest, StopsBeforeExternalAuthenticateWhenTheCardHasOtherKeys) {
  const auto value = full_level_case();
  const std::string script = line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]);
  transport::ScriptChannel card(script);
  KeySet wrong = keys_of(value["keys"]);
  wrong.mac = Secret(Bytes(16, 0x55));
  const auto opened = open(card, value, wrong);
  EXPECT_FALSE(opened.channel);
  EXPECT_TRUE(opened.findings.has("CHIP_KEYS_WRONG"));
  card.finish();  // nothing else was sent
}

TEST(SecureChannelTest, ReportsACardThatRefuses) {
  const auto value = full_level_case();
  const std::string begin = line('>', value["initialize_update"]);
  const std::string answered = begin + line('<', value["initialize_update_response"]);
  for (const std::string& script :
       {begin + "< 6A88\n", begin + "< 9000\n", answered + line('>', value["external_authenticate"]) + "< 6300\n"}) {
    transport::ScriptChannel card(script);
    const auto opened = open(card, value, keys_of(value["keys"]));
    EXPECT_FALSE(opened.channel);
    EXPECT_TRUE(opened.findings.has("CHIP_STATE_UNEXPECTED"));
    card.finish();
  }
}

TEST(SecureChannelTest, EndsWhenTheCardLeavesTheField) {
  const auto value = full_level_case();
  transport::ScriptChannel card(line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]) +
                                line('>', value["external_authenticate"]) + "< 9000\n");
  transport::FaultChannel pulled(card, {transport::FaultChannel::Kind::CardGoneBefore, 3, {}});
  const auto opened = open(pulled, value, keys_of(value["keys"]));
  ASSERT_TRUE(opened.channel);
  EXPECT_THROW(opened.channel->transmit({0x80, 0xF2, 0x40, 0x00, {}, 256}), base::Error);
  EXPECT_THROW(opened.channel->transmit({0x80, 0xF2, 0x40, 0x00, {}, 256}), base::Error);
}

TEST(KeysTest, ComputesKeyCheckValues) {
  const auto file = vectors::load("scp03.json");
  for (const auto& value : file["kcv"]["cases"]) {
    if (value["alg"] != "AES") continue;
    EXPECT_EQ(base::to_hex(globalplatform::key_check_value(KeyKind::Aes, Secret(vectors::hex(value["key"])))),
              value["kcv"]);
  }
}

TEST(KeysTest, WritesPutKeyAsTheVectorShows) {
  const auto file = vectors::load("scp03.json");
  const auto& value = file["put_key"]["cases"][0];
  const KeySet keys{Secret(vectors::hex(value["new_keys"][0])), Secret(vectors::hex(value["new_keys"][1])),
                    Secret(vectors::hex(value["new_keys"][2]))};
  const apdu::Command command{
      0x80, 0xD8, 0x30, 0x81, DataKey::of_scp03(Secret(vectors::hex(value["dek"]))).put_key_data(0x31, keys), 256};
  EXPECT_EQ(base::to_hex(apdu::encode(command)), value["apdu_plain"]);
  EXPECT_EQ(base::to_hex(globalplatform::put_key_answer(KeyKind::Aes, 0x31, keys)) + "9000", value["response"]);
}

}  // namespace
