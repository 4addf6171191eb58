// The whole life of a chip under every kind of SCP03 key and in both modes, at the full level: C-MAC, C-ENC, R-MAC,
// R-ENC. The host is written on OpenSSL, the chip apart from it on Botan.

#include "pki/base/core/error.h"
#include "smartcard/personalization/profile_reader.h"
#include "smartcard/transport/test_channels.h"
#include "tests/terminal/desk.h"

namespace {

using base::Bytes;
using desk::ChipChannel;
using desk::Desk;
using desk::text_of;
using globalplatform::Mode;
using transport::FaultChannel;

class EveryChannel : public testing::TestWithParam<std::tuple<Mode, std::size_t>> {
 protected:
  static Mode mode() { return std::get<0>(GetParam()); }
  static std::size_t octets() { return std::get<1>(GetParam()); }
};

TEST_P(EveryChannel, MakesACardThatAReaderOpensAndProves) {
  for (const bool extended : {true, false}) {
    Desk desk(mode(), octets());
    ChipChannel card(desk.chip, extended);
    const auto findings = desk.personalize(card);
    ASSERT_TRUE(findings.empty()) << text_of(findings);
    const auto state = desk.state();
    EXPECT_EQ(state.keys.version, 0x31);
    EXPECT_EQ(state.keys.s16, mode() == Mode::S16);
    EXPECT_TRUE(base::equal(state.keys.dek.reveal(), desk.card_keys().dek.reveal()));
    EXPECT_EQ(state.keys.dek.size(), octets());
    EXPECT_EQ(state.keys.failed_authentications, 0U);
    if (extended) desk::expect_finished(desk);
  }
}

// The answer to INSTALL [for personalization], the first that a session protects: its R-MAC, then what R-ENCRYPTION
// hides.
TEST_P(EveryChannel, ClosesOnOneBitOfAnAnswer) {
  for (const bool in_the_mac : {true, false}) {
    Desk desk(mode(), octets());
    ChipChannel card(desk.chip, true);
    ASSERT_TRUE(desk.prepare(card).empty());
    FaultChannel changed(card, {FaultChannel::Kind::Change, 4, [&](apdu::Response& answer) {
                                  ASSERT_EQ(answer.data.size(), 16 + globalplatform::octets_of(mode()));
                                  (in_the_mac ? answer.data.back() : answer.data.front()) ^= 0x01;
                                }});
    try {
      desk.write(changed);
      ADD_FAILURE() << "a changed answer was taken";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack) << error.what();
    }
  }
}

TEST_P(EveryChannel, StopsAtAChipOfTheOtherModeWithoutATry) {
  Desk desk(mode(), octets());
  ChipChannel card(desk.chip, true);
  desk.identify(card);
  desk.profile.channel.mode = mode() == Mode::S8 ? Mode::S16 : Mode::S8;
  EXPECT_EQ(personalization::identify(card, desk.profile).state, personalization::LifeCycle::Foreign);
  EXPECT_TRUE(desk.prepare(card).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  EXPECT_EQ(desk.state().keys.version, 0x30);
}

INSTANTIATE_TEST_SUITE_P(Scp03, EveryChannel,
                         testing::Combine(testing::Values(Mode::S8, Mode::S16),
                                          testing::Values(std::size_t{16}, std::size_t{24}, std::size_t{32})),
                         [](const auto& value) {
                           return (std::get<0>(value.param) == Mode::S8 ? "S8_AES" : "S16_AES") +
                                  std::to_string(8 * std::get<1>(value.param));
                         });

TEST(ChannelKeysTest, SendsNothingWhenTheKeysAreOfAnotherLengthThanTheProfileSays) {
  for (const bool transport : {true, false}) {
    Desk desk(Mode::S8, 32);
    ChipChannel card(desk.chip, true);
    desk.identify(card);
    if (transport) {
      desk.transport_keys.keys = desk::transport_key_set(16);
    }
    const auto card_keys = transport ? desk.card_keys() : desk::test_keys(0x5A, 16);
    transport::ScriptChannel silent("");
    try {
      personalization::prepare(silent, desk.profile, desk.assigned, desk.transport_keys, card_keys, desk.random);
      ADD_FAILURE() << "weaker keys were taken";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_NE(error.seen().find(transport ? "transport keys are AES-128" : "card keys are AES-128"),
                std::string::npos)
          << error.seen();
    }
  }
}

// A command of `room` octets holds whole blocks and the C-MAC; worked out by hand.
TEST(ChannelKeysTest, ReckonsWhatOneCommandCarries) {
  EXPECT_EQ(globalplatform::largest_plain_data({.mode = Mode::S8}, 255), 239U);
  EXPECT_EQ(globalplatform::largest_plain_data({.mode = Mode::S16}, 255), 223U);
  EXPECT_EQ(globalplatform::largest_plain_data({.mode = Mode::S8}, 24), 15U);
  EXPECT_EQ(globalplatform::largest_plain_data({.mode = Mode::S8}, 23), 0U);
  EXPECT_EQ(globalplatform::largest_plain_data({.mode = Mode::S16}, 3), 0U);
}

}  // namespace
