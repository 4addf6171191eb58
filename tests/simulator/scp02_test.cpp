// SCP02, the card's side, held to tests/vectors/scp02.json: sessions of real cards and of other implementations.
#include "smartcard/simulator/scp02.h"

#include <gtest/gtest.h>

#include <cctype>
#include <numeric>

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"
#include "tests/simulator/card_side.h"
#include "tests/support/vectors.h"

namespace simulator::testing {

namespace {

const nlohmann::json& file() {
  static const nlohmann::json json = vectors::load("scp02.json");
  return json;
}

std::vector<std::size_t> all_cases() {
  std::vector<std::size_t> indexes(file()["cases"].size());
  std::iota(indexes.begin(), indexes.end(), std::size_t{0});
  return indexes;
}

std::uint16_t counter_of(const nlohmann::json& value) {
  const auto bytes = vectors::hex(value["sequence_counter"]);
  return static_cast<std::uint16_t>(bytes.at(0) << 8 | bytes.at(1));
}

std::uint8_t octet(const nlohmann::json& value) {
  return vectors::hex(value).at(0);
}

class Scp02Vectors : public ::testing::TestWithParam<std::size_t> {
 protected:
  const nlohmann::json& c = file()["cases"][GetParam()];
  const base::Bytes enc = vectors::hex(c["keys"]["enc"]), mac = vectors::hex(c["keys"]["mac"]),
                    dek = vectors::hex(c["keys"]["dek"]);

  Scp02 begin() const {
    return {{enc, mac, dek},
            octet(c["option"]),
            counter_of(c),
            vectors::hex(c["host_challenge"]),
            vectors::hex(c["card_challenge"])};
  }
  Scp02 opened() const {
    Scp02 channel = begin();
    EXPECT_TRUE(channel.authenticate(*apdu::decode_command(vectors::hex(c["external_authenticate"]))));
    return channel;
  }
};

}  // namespace

TEST_P(Scp02Vectors, AnswersInitializeUpdateAsTheTraceShows) {
  const auto response = vectors::hex(c["initialize_update_response"]);
  EXPECT_EQ(base::to_hex(begin().told_on_initialize_update()), base::to_hex(base::ByteView(response).subspan(11, 17)));
}

TEST_P(Scp02Vectors, UnwrapsEachCommandAndProtectsEachAnswer) {
  Scp02 channel = opened();
  for (const auto& step : c["commands"]) {
    SCOPED_TRACE(step["plain"].get<std::string>());
    const auto inner = channel.unwrap(*apdu::decode_command(vectors::hex(step["wrapped"])));
    ASSERT_TRUE(inner.has_value());
    EXPECT_EQ(*inner, *apdu::decode_command(vectors::hex(step["plain"])));
    if (!step.contains("response")) continue;
    const auto sent = *apdu::decode_response(vectors::hex(step["response"]));
    const auto wrapped = channel.wrap({vectors::hex(step["response_plain"]), sent.sw});
    const bool error = sent.sw.sw1() >= 0x64 && sent.sw.sw1() <= 0x6F;
    EXPECT_EQ(wrapped, error ? (apdu::Response{{}, sent.sw}) : sent) << "errors go bare here";
  }
}

TEST_P(Scp02Vectors, RefusesEachCommandWithOneBitWrong) {
  for (const bool in_the_mac : {true, false}) {
    Scp02 channel = opened();
    auto command = *apdu::decode_command(vectors::hex(c["commands"][0]["wrapped"]));
    (in_the_mac ? command.data.back() : command.data.front()) ^= 0x01;
    EXPECT_FALSE(channel.unwrap(command).has_value());
    EXPECT_FALSE(channel.authenticated());
  }
}

TEST_P(Scp02Vectors, RefusesAHostCryptogramWithOneBitWrong) {
  Scp02 channel = begin();
  auto command = *apdu::decode_command(vectors::hex(c["external_authenticate"]));
  command.data[0] ^= 0x80;
  EXPECT_FALSE(channel.authenticate(command));
}

std::string name_of_scp02_case(const ::testing::TestParamInfo<std::size_t>& parameter) {
  std::string name = file()["cases"][parameter.param]["name"];
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
}
INSTANTIATE_TEST_SUITE_P(Traces, Scp02Vectors, ::testing::ValuesIn(all_cases()), name_of_scp02_case);

// Two real cards, one of them of option 55, make their challenges so.
TEST(Scp02ChallengeTest, FollowsFromCounterAndAidAsOnRealCards) {
  int seen = 0;
  for (const auto& c : file()["cases"]) {
    if (!c.contains("challenge_aid")) continue;
    ++seen;
    EXPECT_EQ(base::to_hex(Scp02::well_known_challenge(vectors::hex(c["keys"]["mac"]), counter_of(c),
                                                       vectors::hex(c["challenge_aid"]))),
              c["card_challenge"].get<std::string>());
  }
  EXPECT_EQ(seen, 3);
}

namespace {

// A blank chip of this option with the keys 404142…4F.
struct Scp02Chip {
  explicit Scp02Chip(std::uint8_t option) : store(state_of(option)), chip(store, random) {}
  static State state_of(std::uint8_t option) {
    State state = blank();
    state.keys.scp02_option = option;
    return decode_state(encode_state(state), "test");
  }
  State state() { return decode_state(store.load(), "test"); }
  base::Bytes initialize_update() { return transmit(chip, "8050000008112233445566778800").data; }
  // EXTERNAL AUTHENTICATE at this level, as a host that holds the keys makes it.
  std::uint16_t authenticate(std::uint8_t level, bool wrong = false) {
    const base::Bytes told = initialize_update();
    const base::ByteView counter = base::ByteView(told).subspan(12, 2);
    const auto derive = [&](std::string_view constant) {
      base::Bytes block = base::concat({base::hex(constant), counter});
      block.resize(16);
      return des3_cbc_encrypt(kTransportKey, block);
    };
    s_mac = derive("0101");
    const base::Bytes s_enc = derive("0182");
    const base::Bytes all = des3_cbc_encrypt(
        s_enc, pad(base::concat({counter, base::ByteView(told).subspan(14, 6), base::hex("1122334455667788")}), 8));
    base::Bytes command = base::concat({base::Bytes{0x84, 0x82, level, 0x00, 0x10}, base::ByteView(all).last(8)});
    last_mac = retail_mac(s_mac, command);
    base::append(command, last_mac);
    if (wrong) command.back() ^= 0x01;
    return transmit(chip, command).sw.value;
  }
  // A command in a session of level 01.
  apdu::Response send(const base::Bytes& header, base::ByteView data) {
    base::Bytes command = base::concat({header, base::Bytes{static_cast<std::uint8_t>(data.size() + 8)}, data});
    last_mac = retail_mac(s_mac, command, des_encrypt_block(base::ByteView(s_mac).first(8), last_mac));
    base::append(command, last_mac);
    return transmit(chip, command);
  }

  MemoryStore store;
  ScriptedRandom random;
  Chip chip;
  base::Bytes s_mac, last_mac;
};

}  // namespace

TEST(Scp02ChipTest, TakesPutKeyAsTheVectorShows) {
  const auto& c = file()["put_key"];
  Scp02Chip chip(0x55);
  const base::Bytes replace = base::hex("84D83081"), data = vectors::hex(c["data"]);
  for (const std::size_t at : {std::size_t{1}, std::size_t{4}, data.size() - 1}) {  // type, a key, a check value
    base::Bytes changed = data;
    changed[at] ^= 0x10;
    Scp02Chip other(0x55);
    ASSERT_EQ(other.authenticate(0x01), 0x9000);
    EXPECT_EQ(other.send(replace, changed).sw.value, 0x6A80);
    EXPECT_EQ(other.state().keys.version, 0x30);
  }
  ASSERT_EQ(chip.authenticate(0x01), 0x9000);
  const auto answer = chip.send(replace, data);
  EXPECT_EQ(base::to_hex(apdu::encode(answer)), c["answer"].get<std::string>() + "9000");
  const State after = chip.state();
  EXPECT_EQ(after.keys.version, vectors::hex(c["new_version"]).at(0));
  EXPECT_EQ(base::to_hex(after.keys.enc.reveal()), c["new_keys"][0].get<std::string>());
  EXPECT_EQ(base::to_hex(after.keys.mac.reveal()), c["new_keys"][1].get<std::string>());
  EXPECT_EQ(base::to_hex(after.keys.dek.reveal()), c["new_keys"][2].get<std::string>());
  EXPECT_EQ(after.keys.sequence_counter, 0U) << "of the new keys";
}

TEST(Scp02ChipTest, OpensAtTheLevelsOfItsOptionAlone) {
  for (const int option : {0x15, 0x35, 0x55, 0x75}) {
    for (const int level : {0x00, 0x01, 0x02, 0x03, 0x10, 0x11, 0x13, 0x33}) {
      SCOPED_TRACE(::testing::Message() << std::hex << option << ' ' << level);
      Scp02Chip chip(static_cast<std::uint8_t>(option));
      const bool r_mac = (option & 0x20) != 0;
      const bool offered = level == 0x01 || level == 0x03 || (r_mac && (level == 0x11 || level == 0x13));
      EXPECT_EQ(chip.authenticate(static_cast<std::uint8_t>(level)), offered ? 0x9000 : 0x6A86);
    }
  }
}

// §E.1.2.1: the counter moves with the first right C-MAC, so a well-known challenge is the same until then.
TEST(Scp02ChipTest, MovesItsCounterWhenASessionOpens) {
  Scp02Chip known(0x55), drawn(0x15);
  EXPECT_EQ(base::to_hex(known.initialize_update()).substr(20, 8), "30020000");
  EXPECT_EQ(known.initialize_update(), known.initialize_update());
  EXPECT_NE(drawn.initialize_update(), drawn.initialize_update());
  for (Scp02Chip* const one : {&known, &drawn}) {
    EXPECT_EQ(one->authenticate(0x03, true), 0x6300);
    EXPECT_EQ(one->state().keys.sequence_counter, 0U);
    EXPECT_EQ(one->state().keys.failed_authentications, 1U);
    EXPECT_EQ(one->authenticate(0x03), 0x9000);
    EXPECT_EQ(one->state().keys.sequence_counter, 1U);
    EXPECT_EQ(one->state().keys.failed_authentications, 0U);
  }
  EXPECT_EQ(base::to_hex(known.initialize_update()).substr(24, 4), "0001");
}

TEST(Scp02ChipTest, BlocksItsKeysAfterTenWrongAuthentications) {
  Scp02Chip chip(0x55);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(chip.authenticate(0x03, true), 0x6300);
  EXPECT_EQ(sw(chip.chip, "8050000008112233445566778800"), 0x6983);
}

TEST(Scp02ChipTest, SaysWhatItSpeaksAndWhatItsKeysAre) {
  Scp02Chip chip(0x55);
  EXPECT_NE(base::to_hex(transmit(chip.chip, "80CA006600").data).find("2A864886FC6B040255"), std::string::npos);
  EXPECT_EQ(base::to_hex(transmit(chip.chip, "80CA00E000").data), "E012C00401308010C00402308010C00403308010");
}

TEST(Scp02ChipTest, HasNoOptionThatItsKeysCannotServe) {
  State state = blank();
  state.keys.scp02_option = 0x1A;
  EXPECT_THROW(decode_state(encode_state(state), "test"), base::Error) << "implicit initiation";
  state.keys.scp02_option = 0x55;
  state.keys.s16 = true;
  EXPECT_THROW(decode_state(encode_state(state), "test"), base::Error);
}

}  // namespace simulator::testing
