// How much one command carries is found by trying, on readers that fail in every way, and a failed trial harms nothing.
#include "smartcard/personalization/block_size.h"

#include "pki/base/core/error.h"
#include "smartcard/transport/observing_channels.h"
#include "smartcard/transport/test_channels.h"
#include "tests/terminal/desk.h"

namespace {

using base::Bytes;
using desk::ChipChannel;
using desk::Desk;
using desk::expect_finished;
using desk::text_of;
using globalplatform::Mode;
using personalization::BlockMemory;
using personalization::BlockOfThisRun;
using personalization::BlockSearch;
using personalization::KnownBlock;

// What a reader does to a command that is too long for it.
enum class Fails { WithAnError, AsIfTheCardWereGone, WithAStatusWord, CuttingItOff };

// Takes this much data in one command, whatever it says of itself.
class NarrowReader final : public transport::Channel {
 public:
  NarrowReader(transport::Channel& inner, std::size_t room, Fails fails) : inner_(inner), room_(room), fails_(fails) {}
  apdu::Response transmit(const apdu::Command& command) override {
    if (command.data.size() <= room_) return inner_.transmit(command);
    ++failed;
    apdu::Command cut = command;
    switch (fails_) {
      case Fails::WithAnError:
        throw base::Error(base::Fault::AskOperator, "sending a command", "the reader does not take it");
      case Fails::AsIfTheCardWereGone:
        throw base::Error(base::Fault::PresentCardAgain, "sending a command", "the card does not answer");
      case Fails::WithAStatusWord:
        return {{}, {0x6700}};
      case Fails::CuttingItOff:
        cut.data.resize(room_);
        return inner_.transmit(cut);
    }
    return {};
  }
  bool extended_length() const override { return inner_.extended_length(); }
  int failed = 0;

 private:
  transport::Channel& inner_;
  std::size_t room_;
  Fails fails_;
};

struct Room {
  const char* name;
  std::size_t octets;
  Mode mode;
  std::size_t expected;  // worked out by hand: whole AES blocks and the MAC, less one octet of padding
};
class EveryRoom : public testing::TestWithParam<std::tuple<Room, Fails>> {};

TEST_P(EveryRoom, IsFoundAndACardIsWrittenThroughIt) {
  const auto& [room, fails] = GetParam();
  Desk desk(room.mode, 16);
  desk.blocks = BlockOfThisRun();
  ChipChannel chip(desk.chip, true);
  ASSERT_TRUE(desk.prepare(chip).empty());
  NarrowReader reader(chip, room.octets, fails);
  transport::CountingChannel first(reader);
  const auto findings = desk.write(first);
  ASSERT_TRUE(findings.empty()) << text_of(findings);
  EXPECT_EQ(desk.blocks.recall().proven, room.expected);
  EXPECT_LE(reader.failed, 10) << "each failure costs a session";
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  // What is known is not tried again.
  const int failed = reader.failed;
  transport::CountingChannel second(reader);
  ASSERT_TRUE(desk.write(second).empty());
  EXPECT_EQ(reader.failed, failed);
  EXPECT_LT(second.commands(), first.commands());
  ASSERT_TRUE(desk.lock(chip).empty());
  expect_finished(desk);
}

std::string name_of(const testing::TestParamInfo<EveryRoom::ParamType>& value) {
  constexpr const char* kFails[] = {"WithAnError", "AsIfTheCardWereGone", "WithAStatusWord", "CuttingItOff"};
  return std::string(std::get<0>(value.param).name) + kFails[static_cast<int>(std::get<1>(value.param))];
}

INSTANTIATE_TEST_SUITE_P(
    Readers, EveryRoom,
    testing::Combine(
        testing::Values(Room{"AllThatTheProfileSays", 8200, Mode::S8, 8191}, Room{"OneOctetLess", 8199, Mode::S8, 8175},
                        Room{"AThousand", 1000, Mode::S8, 991}, Room{"S16", 1000, Mode::S16, 975},
                        Room{"ShortCommands", 255, Mode::S8, 239}, Room{"LessThanAShortCommand", 180, Mode::S8, 159}),
        testing::Values(Fails::WithAnError, Fails::AsIfTheCardWereGone, Fails::WithAStatusWord, Fails::CuttingItOff)),
    name_of);

TEST(BlockSizeTest, ChangesNothingOnTheChip) {
  Desk desk;
  desk.blocks = BlockOfThisRun();
  ChipChannel chip(desk.chip, true);
  ASSERT_TRUE(desk.prepare(chip).empty());
  const auto before = desk.state();
  personalization::Profile profile = desk.profile;
  profile.objects.clear();  // nothing is written after the search
  NarrowReader reader(chip, 1000, Fails::CuttingItOff);
  EXPECT_TRUE(
      personalization::write(reader, profile, desk.card_keys(), {}, desk.access(), desk.random, desk.blocks).empty());
  EXPECT_EQ(desk.blocks.recall().proven, 991U);
  auto after = desk.state();
  EXPECT_GT(after.keys.sequence_counter, before.keys.sequence_counter) << "sessions were opened";
  after.keys.sequence_counter = before.keys.sequence_counter;
  EXPECT_EQ(simulator::encode_state(after), simulator::encode_state(before));
}

// A chip that closes its session with every error word, as none should.
class Touchy final : public transport::Channel {
 public:
  explicit Touchy(transport::Channel& inner) : inner_(inner) {}
  apdu::Response transmit(const apdu::Command& command) override {
    ++commands;
    if (command.cla != 0x84) closed_ = false;  // SELECT, INITIALIZE UPDATE
    if (closed_) return {{}, {0x6982}};
    const apdu::Response answer = inner_.transmit(command);
    closed_ = command.cla == 0x84 && !answer.sw.ok();
    return answer;
  }
  bool extended_length() const override { return true; }
  int commands = 0;

 private:
  transport::Channel& inner_;
  bool closed_ = false;
};

TEST(BlockSizeTest, IsTheShortOneOnAChipThatProvesNothingAndIsNotSearchedAgain) {
  Desk desk;
  desk.blocks = BlockOfThisRun();
  ChipChannel chip(desk.chip, true);
  ASSERT_TRUE(desk.prepare(chip).empty());
  Touchy card(chip);
  ASSERT_TRUE(desk.write(card).empty());
  EXPECT_EQ(desk.blocks.recall(), (KnownBlock{.proven = 0, .refused = 15}));
  card.commands = 0;
  ASSERT_TRUE(desk.write(card).empty());
  // Five to open, one for the secrets, and the rest of some 6,000 octets in blocks of 239.
  EXPECT_GE(card.commands, 5 + 1 + 6000 / 239);
  EXPECT_LE(card.commands, 5 + 1 + 7000 / 239);
  ASSERT_TRUE(desk.lock(card).empty());
  expect_finished(desk);
}

TEST(BlockSizeTest, IsForgottenWhenTheReaderCarriesLessThanItDid) {
  Desk desk;
  ChipChannel chip(desk.chip, true);
  ASSERT_TRUE(desk.prepare(chip).empty());
  ASSERT_TRUE(desk.write(chip).empty());
  EXPECT_EQ(desk.blocks.recall().proven, 8191U);
  NarrowReader refuses(chip, 1000, Fails::WithAStatusWord);
  EXPECT_TRUE(desk.write(refuses).has("CHIP_STATE_UNEXPECTED"));
  EXPECT_EQ(desk.blocks.recall(), KnownBlock{});
  ASSERT_TRUE(desk.write(refuses).empty());
  EXPECT_EQ(desk.blocks.recall().proven, 991U);
  NarrowReader breaks(chip, 300, Fails::WithAnError);
  EXPECT_THROW(desk.write(breaks), base::Error);
  ASSERT_TRUE(desk.write(breaks).empty());
  EXPECT_EQ(desk.blocks.recall().proven, 287U);
}

// The largest trial takes the card's life until it is presented again. The next run does not do that to it again.
TEST(BlockSizeTest, IsNotTriedTwiceWhereTheCardFallsSilent) {
  Desk desk;
  desk.blocks = BlockOfThisRun();
  ChipChannel chip(desk.chip, true);
  ASSERT_TRUE(desk.prepare(chip).empty());
  class Deadly final : public transport::Channel {
   public:
    explicit Deadly(transport::Channel& inner) : inner_(inner) {}
    apdu::Response transmit(const apdu::Command& command) override {
      dead_ = dead_ || command.data.size() > 8190;
      if (dead_) throw base::Error(base::Fault::PresentCardAgain, "sending a command", "the card does not answer");
      return inner_.transmit(command);
    }
    bool extended_length() const override { return true; }

   private:
    transport::Channel& inner_;
    bool dead_ = false;
  };
  Deadly first(chip), second(chip);
  EXPECT_THROW(desk.write(first), base::Error);
  EXPECT_EQ(desk.blocks.recall(), (KnownBlock{.proven = 239, .refused = 8191}));
  EXPECT_TRUE(desk.write(second).empty());
  EXPECT_EQ(desk.blocks.recall(), (KnownBlock{.proven = 8175, .refused = 8191}));
}

// Both ways round a tear in the search: the first trial leaves nothing behind, and what was proven stays.
TEST(BlockSizeTest, SurvivesATearAtEveryCommandOfTheSearch) {
  for (std::size_t n = 5; n < 9; ++n) {  // after SELECT, INITIALIZE UPDATE, EXTERNAL AUTHENTICATE, GET STATUS
    Desk desk;
    desk.blocks = BlockOfThisRun();
    ChipChannel chip(desk.chip, true);
    ASSERT_TRUE(desk.prepare(chip).empty());
    transport::FaultChannel tear(chip, {transport::FaultChannel::Kind::CardGoneAfter, n, {}});
    EXPECT_THROW(desk.write(tear), base::Error);
    desk.chip.reset();
    ChipChannel again(desk.chip, true);
    EXPECT_TRUE(desk.write(again).empty()) << n;
    EXPECT_EQ(desk.blocks.recall().proven, n < 7 ? 8191U : 8175U) << n;
  }
}

TEST(BlockSearchTest, TriesTheShortBlockThenTheLargestThenHalves) {
  const auto& profile = personalization::virtual_lds_profile();
  BlockSearch search(profile, true, {});
  std::vector<std::size_t> tried;
  while (const auto size = search.next()) {
    tried.push_back(*size);
    search.tried(*size, *size <= 4000);
  }
  ASSERT_GE(tried.size(), 3U);
  EXPECT_EQ(tried[0], 239U);
  EXPECT_EQ(tried[1], 8191U);
  EXPECT_EQ(tried[2], 4207U);  // (15 + 512) / 2 = 263 blocks of 16, less one octet
  EXPECT_EQ(search.known().proven, 3999U);
  EXPECT_EQ(search.known().refused, 4015U);
}

TEST(BlockSearchTest, SendsAShortReaderNothingLongWhateverIsRemembered) {
  const auto& profile = personalization::virtual_lds_profile();
  EXPECT_EQ(BlockSearch(profile, false, {}).next(), 239U);
  const BlockSearch known(profile, false, {.proven = 8191, .refused = 0});
  EXPECT_EQ(known.next(), std::nullopt);
  EXPECT_EQ(known.known().proven, 239U);
}

}  // namespace
