// SCP02, the host's side, against sessions of real cards and of other implementations (tests/vectors/scp02.json), and a
// card that answers wrongly.
#include "smartcard/globalplatform/scp02.h"

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
using globalplatform::ChannelForm;
using globalplatform::DataKey;
using globalplatform::KeyKind;
using globalplatform::KeySet;
using globalplatform::Protocol;
using globalplatform::Scp02Option;
using globalplatform::Scp02Session;
using globalplatform::SecurityLevel;
using scp_vectors::keys_of;
using scp_vectors::level_of;

Scp02Session session_of(const nlohmann::json& value) {
  return {keys_of(value["keys"]), level_of(value), vectors::hex(value["host_challenge"]),
          vectors::hex(value["sequence_counter"]), vectors::hex(value["card_challenge"])};
}

nlohmann::json case_named(std::string_view name) {
  const auto file = vectors::load("scp02.json");
  const auto& cases = file["cases"];
  return *std::ranges::find_if(cases, [&](const nlohmann::json& value) { return value["name"] == name; });
}

TEST(Scp02Test, ReadsTheAnswerToInitializeUpdate) {
  const auto file = vectors::load("scp02.json");
  for (const auto& value : file["cases"]) {
    SCOPED_TRACE(value["name"].get<std::string>());
    const auto response = apdu::decode_response(vectors::hex(value["initialize_update_response"])).value();
    const auto parsed = globalplatform::parse_initialize_update(response.data);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->protocol, Protocol::Scp02);
    EXPECT_EQ(base::to_hex(parsed->sequence_counter), value["sequence_counter"]);
    EXPECT_EQ(base::to_hex(parsed->card_challenge), value["card_challenge"]);
    EXPECT_EQ(base::to_hex(parsed->card_cryptogram), value["card_cryptogram"]);
    Bytes longer = response.data;
    longer.push_back(0x00);
    EXPECT_FALSE(globalplatform::parse_initialize_update(longer));
  }
}

TEST(Scp02Test, PlaysEverySessionOfTheVectors) {
  const auto file = vectors::load("scp02.json");
  int commands = 0, protected_answers = 0;
  std::set<std::string> options, levels;
  for (const auto& value : file["cases"]) {
    SCOPED_TRACE(value["name"].get<std::string>());
    options.insert(value["option"].get<std::string>());
    levels.insert(value["security_level"].get<std::string>());
    Scp02Session session = session_of(value);
    ASSERT_TRUE(session.verify_card(vectors::hex(value["card_cryptogram"])));
    EXPECT_EQ(base::to_hex(apdu::encode(session.external_authenticate())), value["external_authenticate"]);
    for (const auto& step : value["commands"]) {
      SCOPED_TRACE(step["plain"].get<std::string>());
      ++commands;
      const auto plain = apdu::decode_command(vectors::hex(step["plain"])).value();
      EXPECT_EQ(base::to_hex(apdu::encode(session.wrap(plain))), step["wrapped"]);
      if (!step.contains("response")) continue;
      const auto sent = apdu::decode_response(vectors::hex(step["response"])).value();
      const auto answer = session.unwrap(sent);
      EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
      EXPECT_EQ(answer.sw, sent.sw);
      if (answer.data.size() != sent.data.size()) ++protected_answers;
    }
  }
  EXPECT_GE(commands, 40);
  EXPECT_GE(protected_answers, 11);
  EXPECT_EQ(options, (std::set<std::string>{"15", "35", "55", "75"}));
  EXPECT_EQ(levels, (std::set<std::string>{"01", "03", "13"}));
}

// Each session with one bit of what the card said wrong: the host goes no further.
TEST(Scp02Test, TakesNoCardCryptogramWithOneBitWrong) {
  const auto file = vectors::load("scp02.json");
  for (const auto& value : file["cases"]) {
    Scp02Session session = session_of(value);
    Bytes cryptogram = vectors::hex(value["card_cryptogram"]);
    cryptogram.back() ^= 0x01;
    EXPECT_FALSE(session.verify_card(cryptogram));
    EXPECT_FALSE(session.alive());
  }
}

// The session's DEK shows itself by what it encrypts: check value of the key in the vector.
TEST(Scp02Test, MakesTheSessionKeysOfThePublishedCheckValues) {
  const auto value = vectors::load("scp02.json")["session_key_check_values"];
  const auto key = [&] { return Secret(vectors::hex(value["key"])); };
  const Scp02Session session({key(), key(), key()}, SecurityLevel::CMac, Bytes(8),
                             vectors::hex(value["sequence_counter"]), Bytes(6));
  Bytes zeros = session.data_key().encrypt_key(Secret(Bytes(8)));
  zeros.resize(3);
  EXPECT_EQ(base::to_hex(zeros), value["S_DEK"]);
}

TEST(Scp02Test, WritesPutKeyAsTheVectorShows) {
  const auto value = vectors::load("scp02.json")["put_key"];
  const auto key = [&] { return Secret(vectors::hex(value["key"])); };
  const Scp02Session session({key(), key(), key()}, SecurityLevel::CMac, Bytes(8),
                             vectors::hex(value["sequence_counter"]), Bytes(6));
  const KeySet keys{Secret(vectors::hex(value["new_keys"][0])), Secret(vectors::hex(value["new_keys"][1])),
                    Secret(vectors::hex(value["new_keys"][2]))};
  const std::uint8_t version = vectors::hex(value["new_version"]).at(0);
  EXPECT_EQ(base::to_hex(session.data_key().put_key_data(version, keys)), value["data"]);
  EXPECT_EQ(base::to_hex(globalplatform::put_key_answer(KeyKind::TripleDes, version, keys)), value["answer"]);
}

TEST(Scp02Test, KnowsAKeyThatIsSingleDes) {
  EXPECT_FALSE(globalplatform::is_single_des(Secret(base::hex("404142434445464748494A4B4C4D4E4F"))));
  EXPECT_TRUE(globalplatform::is_single_des(Secret(base::hex("40414243444546474041424344454647"))));
  EXPECT_TRUE(globalplatform::is_single_des(Secret(base::hex("40414243444546474140424344454647")))) << "parity";
}

// --- a card that answers wrongly, where the option has an R-MAC ------------------------------------------------------

Scp02Session waiting_session() {
  const auto value = case_named("javacard-express i=75 level 13");
  Scp02Session session = session_of(value);
  EXPECT_TRUE(session.verify_card(vectors::hex(value["card_cryptogram"])));
  session.external_authenticate();
  session.wrap(apdu::decode_command(vectors::hex(value["commands"][0]["plain"])).value());
  return session;
}

void expect_closed(const apdu::Response& answer, const std::string& because) {
  Scp02Session session = waiting_session();
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

TEST(Scp02Test, ClosesOnAWrongOrMissingRMac) {
  const auto step = case_named("javacard-express i=75 level 13")["commands"][0];
  const auto good = apdu::decode_response(vectors::hex(step["response"])).value();
  apdu::Response changed = good;
  changed.data.back() ^= 0x01;
  expect_closed(changed, "R-MAC of the card's answer is wrong");
  changed = good;
  changed.data.front() ^= 0x01;
  expect_closed(changed, "R-MAC of the card's answer is wrong");
  changed = good;
  changed.sw.value = 0x6310;
  expect_closed(changed, "R-MAC of the card's answer is wrong");
  expect_closed({{}, {0x9000}}, "lacks its R-MAC");
  expect_closed({base::hex("00"), {0x6A80}}, "data with an error");
  expect_closed({Bytes(8), {0x6A80}}, "R-MAC of the card's answer is wrong");
}

// The R-MACs are chained, so an answer that somebody swallowed or repeated shows with the next.
TEST(Scp02Test, ClosesWhenAnErrorWordWasPutInPlaceOfAnAnswer) {
  const auto value = case_named("javacard-express i=75 level 13");
  Scp02Session session = waiting_session();
  EXPECT_EQ(session.unwrap({{}, {0x6A88}}).sw.value, 0x6A88) << "bare: nobody can tell yet";
  session.wrap(apdu::decode_command(vectors::hex(value["commands"][1]["plain"])).value());
  EXPECT_THROW(session.unwrap(apdu::decode_response(vectors::hex(value["commands"][1]["response"])).value()),
               base::Error);
}

// --- opening ---------------------------------------------------------------------------------------------------------

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

globalplatform::OpenedChannel open(transport::Channel& card, const nlohmann::json& value, const KeySet& keys,
                                   const ChannelForm& form) {
  FixedRandom random(vectors::hex(value["host_challenge"]));
  const KeySet* const candidates[] = {&keys};
  return globalplatform::open_secure_channel(card, vectors::hex(value["initialize_update"]).at(2), candidates, form,
                                             random);
}

constexpr ChannelForm kOption55{
    .protocol = Protocol::Scp02, .option = Scp02Option::I55, .level = SecurityLevel::CMacEnc};

TEST(Scp02ChannelTest, OpensASessionAndSpeaksThroughIt) {
  const auto value = case_named("real secure element of a telephone, i=55, level 03");
  const auto& step = value["commands"][0];
  transport::ScriptChannel card(line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]) +
                                line('>', value["external_authenticate"]) + "< 9000\n" + line('>', step["wrapped"]) +
                                line('<', step["response"]));
  const auto opened = open(card, value, keys_of(value["keys"]), kOption55);
  ASSERT_TRUE(opened.channel);
  EXPECT_TRUE(opened.findings.empty());
  EXPECT_EQ(opened.data_key->kind(), KeyKind::TripleDes);
  EXPECT_FALSE(opened.channel->extended_length()) << "SCP02 has short commands only";
  const auto answer = opened.channel->transmit(apdu::decode_command(vectors::hex(step["plain"])).value());
  EXPECT_EQ(base::to_hex(answer.data), step["response_plain"]);
  card.finish();
}

TEST(Scp02ChannelTest, StopsBeforeExternalAuthenticateWhenTheCardHasOtherKeys) {
  const auto value = case_named("real secure element of a telephone, i=55, level 03");
  transport::ScriptChannel card(line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]));
  KeySet wrong = keys_of(value["keys"]);
  wrong.enc = Secret(base::hex("404142434445464748494A4B4C4D4E5F"));
  const auto opened = open(card, value, wrong, kOption55);
  EXPECT_FALSE(opened.channel);
  EXPECT_TRUE(opened.findings.has("CHIP_KEYS_WRONG"));
  card.finish();  // nothing else was sent
}

// Who demands SCP03 is not served by a card that answers in SCP02, though the keys are right; nor the other way round.
TEST(Scp02ChannelTest, NeverServesAProfileOfTheOtherProtocol) {
  const auto value = case_named("real secure element of a telephone, i=55, level 03");
  transport::ScriptChannel old(line('>', value["initialize_update"]) + line('<', value["initialize_update_response"]));
  auto opened = open(old, value, keys_of(value["keys"]), {});
  EXPECT_FALSE(opened.channel);
  EXPECT_TRUE(opened.findings.has("CHIP_STATE_UNEXPECTED"));
  old.finish();

  const auto scp03 = vectors::load("scp03.json");
  const auto& newer = *std::ranges::find_if(scp03["cases"], [](const nlohmann::json& one) {
    return one["name"] == "GEN AES-128 S8 level 33 personalization";
  });
  transport::ScriptChannel card(line('>', newer["initialize_update"]) + line('<', newer["initialize_update_response"]));
  opened = open(card, newer, keys_of(newer["keys"]), kOption55);
  EXPECT_FALSE(opened.channel);
  EXPECT_TRUE(opened.findings.has("CHIP_STATE_UNEXPECTED"));
  card.finish();
}

TEST(Scp02ChannelTest, ReckonsWhatOneCommandCarries) {
  EXPECT_EQ(globalplatform::largest_plain_data(kOption55, 255), 239U);  // 240 padded and 8
  EXPECT_EQ(globalplatform::largest_plain_data(kOption55, 16), 7U);
  EXPECT_EQ(globalplatform::largest_plain_data(kOption55, 15), 0U);
}

}  // namespace
