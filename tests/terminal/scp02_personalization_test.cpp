// The whole life of a chip that knows nothing but SCP02, with every option that is spoken. The host is written on
// OpenSSL, the chip apart from it on Botan.

#include <map>

#include "pki/base/core/error.h"
#include "smartcard/transport/observing_channels.h"
#include "smartcard/transport/test_channels.h"
#include "tests/terminal/desk.h"

namespace {

using base::Bytes;
using base::Findings;
using desk::ChipChannel;
using desk::Desk;
using desk::text_of;
using globalplatform::Scp02Option;
using personalization::LifeCycle;
using transport::FaultChannel;

// What went over the line: how many commands of each kind, and the longest.
class Counting final : public transport::Channel {
 public:
  explicit Counting(transport::Channel& inner) : inner_(inner) {}
  apdu::Response transmit(const apdu::Command& command) override {
    ++sent[command.ins];
    longest = std::max(longest, command.data.size());
    return inner_.transmit(command);
  }
  bool extended_length() const override { return inner_.extended_length(); }
  std::map<std::uint8_t, int> sent;
  std::size_t longest = 0;

 private:
  transport::Channel& inner_;
};

constexpr std::uint8_t kExternalAuthenticate = 0x82;

class EveryOption : public testing::TestWithParam<Scp02Option> {};

TEST_P(EveryOption, MakesACardThatAReaderOpensAndProves) {
  for (const bool extended : {true, false}) {
    Desk desk(GetParam());
    ChipChannel chip(desk.chip, extended);
    Counting card(chip);
    const Findings findings = desk.personalize(card);
    ASSERT_TRUE(findings.empty()) << text_of(findings);
    EXPECT_EQ(card.longest, 248U) << "short commands, and full ones";
    const auto state = desk.state();
    EXPECT_EQ(state.keys.version, 0x21);
    EXPECT_EQ(state.keys.scp02_option, static_cast<std::uint8_t>(GetParam()));
    EXPECT_EQ(state.keys.failed_authentications, 0U);
    const auto keys = desk.card_keys();
    EXPECT_TRUE(base::equal(state.keys.enc.reveal(), keys.enc.reveal()));
    EXPECT_TRUE(base::equal(state.keys.mac.reveal(), keys.mac.reveal()));
    EXPECT_TRUE(base::equal(state.keys.dek.reveal(), keys.dek.reveal()));
    EXPECT_EQ(personalization::identify(chip, desk.profile).state, LifeCycle::Personalized);
    if (extended) desk::expect_finished(desk);
  }
}

// A reader of which nothing is known: the trial of a block goes through this channel too.
TEST_P(EveryOption, FindsTheBlockThatTheReaderCarries) {
  Desk desk(GetParam());
  desk.blocks.keep({});
  ChipChannel card(desk.chip, true);
  const Findings findings = desk.personalize(card);
  ASSERT_TRUE(findings.empty()) << text_of(findings);
  EXPECT_EQ(desk.blocks.recall().proven, 239U);
  desk::expect_finished(desk);
}

TEST_P(EveryOption, SpendsNoTryOnAChipWithOtherKeys) {
  Desk desk(GetParam());
  desk.transport_keys.keys = desk::des3_keys(0x70);
  ChipChannel chip(desk.chip, true);
  Counting card(chip);
  EXPECT_TRUE(desk.prepare(card).has("CHIP_KEYS_WRONG"));
  EXPECT_EQ(card.sent[kExternalAuthenticate], 0);
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  EXPECT_EQ(desk.state().keys.version, 0x20);
}

// A station whose signer gives keys of another length: they are not this chip's.
TEST(Scp02KeysTest, SpendsNoTryWithKeysOfAnotherLength) {
  Desk desk(Scp02Option::I55);
  ChipChannel chip(desk.chip, true);
  Counting card(chip);
  const personalization::TransportKeys longer{0x20, desk::test_keys(0x40, 32)};
  const Findings findings =
      personalization::terminate(card, desk.profile, longer, desk::test_keys(0x5A, 24), desk.random);
  EXPECT_TRUE(findings.has("CHIP_KEYS_WRONG")) << text_of(findings);
  EXPECT_EQ(card.sent[kExternalAuthenticate], 0);
  EXPECT_TRUE(
      personalization::terminate(card, desk.profile, desk.transport_keys, desk.card_keys(), desk.random).empty());
}

// Neither protocol stands in for the other, whatever keys and versions agree.
TEST_P(EveryOption, IsNoChipForAProfileOfScp03) {
  Desk desk(GetParam());
  ChipChannel chip(desk.chip, true);
  Counting card(chip);
  desk.identify(card);
  ASSERT_EQ(desk.assigned.state, LifeCycle::Blank);
  desk.profile.channel = personalization::virtual_lds_profile().channel;
  EXPECT_EQ(personalization::identify(card, desk.profile).state, LifeCycle::Foreign);
  EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(card.sent[kExternalAuthenticate], 0);
  EXPECT_EQ(desk.state().keys.version, 0x20);
}

TEST(Scp02ProfileTest, IsNoProfileForAChipOfScp03) {
  Desk desk;
  ChipChannel chip(desk.chip, true);
  Counting card(chip);
  desk.identify(card);
  desk.profile.channel = Desk(Scp02Option::I55).profile.channel;
  desk.transport_keys.keys = desk::des3_keys(0x40);
  EXPECT_EQ(personalization::identify(card, desk.profile).state, LifeCycle::Foreign);
  EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(card.sent[kExternalAuthenticate], 0);
}

// The answer to INSTALL [for personalization]. With an R-MAC a changed one ends everything; without, nobody can tell.
TEST_P(EveryOption, ClosesOnOneBitOfAnAnswerWhereItHasAnRMac) {
  Desk desk(GetParam());
  ChipChannel card(desk.chip, true);
  ASSERT_TRUE(desk.prepare(card).empty());
  const bool r_mac = globalplatform::offers_r_mac(GetParam());
  FaultChannel changed(card, {FaultChannel::Kind::Change, 4, [&](apdu::Response& answer) {
                                ASSERT_EQ(answer.data.size(), r_mac ? 9U : 1U);
                                answer.data.front() ^= 0x01;
                              }});
  try {
    const Findings findings = desk.write(changed);
    EXPECT_FALSE(r_mac) << "a changed answer was taken";
    EXPECT_TRUE(findings.empty()) << text_of(findings);
  } catch (const base::Error& error) {
    EXPECT_TRUE(r_mac);
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
  }
}

TEST_P(EveryOption, SaysThatAChipUnderTheWellKnownKeysIsNotLocked) {
  Desk desk(GetParam());
  desk.well_known_key = "404142434445464748494A4B4C4D4E4F";
  ChipChannel card(desk.chip, true);
  EXPECT_TRUE(desk.personalize(card).has("CHIP_NOT_LOCKED"));
}

INSTANTIATE_TEST_SUITE_P(Scp02, EveryOption,
                         testing::Values(Scp02Option::I15, Scp02Option::I35, Scp02Option::I55, Scp02Option::I75),
                         [](const auto& value) {
                           return "i" + base::to_hex(Bytes{static_cast<std::uint8_t>(value.param)});
                         });

// Command 8 of a preparation is PUT KEY, 9 and 10 open a session under the new keys.
TEST(Scp02TearTest, IsRepairedByRunningAgainAroundPutKey) {
  for (const auto kind : {FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter}) {
    for (const std::size_t n : {std::size_t{8}, std::size_t{9}, std::size_t{10}}) {
      Desk desk(Scp02Option::I75);
      ChipChannel probe(desk.chip, true);
      FaultChannel tear(probe, {kind, n, {}});
      EXPECT_THROW(desk.prepare(tear), base::Error);
      const bool put = n > 8 || kind == FaultChannel::Kind::CardGoneAfter;
      EXPECT_EQ(desk.state().keys.version, put ? 0x21 : 0x20);
      ChipChannel card(desk.chip, true);
      const Findings again = desk.prepare(card);
      EXPECT_TRUE(again.empty()) << "torn at command " << n << ": " << text_of(again);
      EXPECT_EQ(desk.state().keys.version, 0x21);
      EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
    }
  }
}

TEST(Scp02KeysTest, SendsNothingWhenAKeyIsOfAnotherLengthOrNo3Des) {
  const auto refusal = [](globalplatform::KeySet transport, globalplatform::KeySet card) -> std::string {
    Desk desk(Scp02Option::I55);
    ChipChannel chip(desk.chip, true);
    desk.identify(chip);
    desk.transport_keys.keys = std::move(transport);
    transport::ScriptChannel silent("");
    try {
      personalization::prepare(silent, desk.profile, desk.assigned, desk.transport_keys, card, desk.random);
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      return error.seen();
    }
    return "taken";
  };
  EXPECT_NE(refusal(desk::test_keys(0x40, 32), desk::des3_keys(0x5A)).find("transport keys have 32 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(desk::des3_keys(0x40), desk::test_keys(0x5A)).find("one of the card keys has two halves"),
            std::string::npos);
}

}  // namespace
