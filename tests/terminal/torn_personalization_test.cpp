// Tears at every command of a personalization, before and after it took effect, are repaired by running the step again.

#include "pki/base/core/error.h"
#include "smartcard/transport/test_channels.h"
#include "tests/terminal/desk.h"

namespace {

using base::Findings;
using desk::ChipChannel;
using desk::Desk;
using desk::expect_finished;
using desk::text_of;
using globalplatform::KeySet;
using transport::FaultChannel;

// Runs `act` on the chip with a tear at command n, then `personalize` without one.
bool torn(Desk& desk, FaultChannel::Kind kind, std::size_t n) {
  ChipChannel card(desk.chip, true);
  FaultChannel tear(card, {kind, n, {}});
  bool struck = false;
  try {
    const Findings findings = desk.personalize(tear);
    EXPECT_TRUE(findings.empty()) << text_of(findings);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain) << error.what();
    struck = true;
  }
  desk.chip.reset();
  return struck;
}

void expect_repaired(Desk& desk, std::size_t n) {
  ChipChannel card(desk.chip, true);
  const Findings findings = desk.personalize(card);
  EXPECT_TRUE(findings.empty()) << "torn at command " << n << ": " << text_of(findings);
  const auto state = desk.state();
  EXPECT_EQ(state.application, simulator::ApplicationState::Personalized) << "torn at command " << n;
  EXPECT_EQ(state.keys.version, 0x31);
  const KeySet keys = desk.card_keys();
  EXPECT_TRUE(base::equal(state.keys.enc.reveal(), keys.enc.reveal()));
  EXPECT_EQ(state.files.at(0x010F), desk.files().at(lds::FileId::Dg15));
}

class TearTest : public testing::TestWithParam<FaultChannel::Kind> {};

TEST_P(TearTest, WhilePreparingIsRepairedByRunningAgain) {
  std::size_t n = 1;
  while (true) {
    Desk desk;
    ChipChannel probe(desk.chip, true);
    FaultChannel tear(probe, {GetParam(), n, {}});
    try {
      const Findings findings = desk.prepare(tear);
      EXPECT_TRUE(findings.empty()) << text_of(findings);
      break;  // the last command was passed
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain) << error.what();
    }
    desk.chip.reset();
    ChipChannel card(desk.chip, true);
    const Findings again = desk.prepare(card);
    EXPECT_TRUE(again.empty()) << "torn at command " << n << ": " << text_of(again);
    EXPECT_FALSE(desk.dg15.empty());
    EXPECT_EQ(desk.state().keys.version, 0x31);
    EXPECT_EQ(desk.state().application, simulator::ApplicationState::Selectable);
    EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
    ++n;
  }
  EXPECT_GE(n, 14U);
}

TEST_P(TearTest, WhileWritingAndLockingIsRepairedByRunningAgain) {
  Desk first;
  {
    ChipChannel card(first.chip, true);
    ASSERT_TRUE(first.prepare(card).empty());
  }
  const std::string prepared = first.store.load();
  std::size_t n = 1;
  for (bool struck = true; struck; ++n) {
    Desk desk(prepared);
    desk.assigned = first.assigned;
    desk.dg14 = first.dg14;
    desk.dg15 = first.dg15;
    struck = torn(desk, GetParam(), n);
    expect_repaired(desk, n);
    if (n == 12) expect_finished(desk);
  }
  EXPECT_GE(n, 20U);
}

// Counts what is sent, to show that nobody authenticates before the keys are known.
class CountsTries final : public transport::Channel {
 public:
  explicit CountsTries(transport::Channel& inner) : inner_(inner) {}
  apdu::Response transmit(const apdu::Command& command) override {
    const apdu::Response answer = inner_.transmit(command);
    if (command.ins == 0x50) ++asked;
    if (command.ins == 0x82 && answer.sw.ok()) ++opened;
    if (command.ins == 0x82 && !answer.sw.ok()) ++refused;
    return answer;
  }
  bool extended_length() const override { return inner_.extended_length(); }
  int asked = 0, opened = 0, refused = 0;

 private:
  transport::Channel& inner_;
};

struct TornKeys {
  const char* name;
  std::uint8_t version;
  bool card_keys;  // the new ones; else the old
};
class TornPutKey : public testing::TestWithParam<TornKeys> {
 protected:
  // A chip whose power went in the middle of PUT KEY, and that wrote keys and version one after the other.
  static Desk desk() {
    auto keys = GetParam().card_keys ? desk::test_keys(0x5A) : desk::transport_key_set();
    return Desk(simulator::encode_state(
        simulator::blank_state(desk::kSerial, desk::simulator_keys(std::move(keys), GetParam().version))));
  }
};

TEST_P(TornPutKey, IsToldByInitializeUpdateAndRepairedWithoutATry) {
  Desk desk = TornPutKey::desk();
  ChipChannel chip(desk.chip, true);
  CountsTries card(chip);
  const Findings findings = desk.prepare(card);
  ASSERT_TRUE(findings.empty()) << text_of(findings);
  EXPECT_EQ(card.refused, 0);
  // Asked by identify(), by the session under the keys found, and by one more when those had to be replaced; and once
  // more where the chip was not found blank.
  const bool put = !GetParam().card_keys || GetParam().version != 0x31;
  EXPECT_EQ(card.opened, put ? 2 : 1);
  EXPECT_EQ(card.asked, 2 + (put ? 1 : 0) + (GetParam().version == 0x31 ? 1 : 0));
  EXPECT_EQ(desk.state().keys.version, 0x31);
  EXPECT_TRUE(base::equal(desk.state().keys.enc.reveal(), desk.card_keys().enc.reveal()));
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  EXPECT_TRUE(desk.write(card).empty());
  EXPECT_TRUE(desk.lock(card).empty());
  expect_finished(desk);
}

TEST_P(TornPutKey, OfAChipWithOtherKeysIsNotTriedEither) {
  Desk desk = TornPutKey::desk();
  desk.transport_keys.keys = desk::test_keys(0x70);
  desk.card_key_seed = 0x66;
  ChipChannel chip(desk.chip, true);
  CountsTries card(chip);
  EXPECT_TRUE(desk.prepare(card).has("CHIP_KEYS_WRONG"));
  EXPECT_EQ(card.opened + card.refused, 0);
  EXPECT_EQ(desk.state().keys.failed_authentications, 0U);
  EXPECT_EQ(desk.state().keys.version, GetParam().version);
}

TEST_P(TornPutKey, CanBeTerminated) {
  Desk desk = TornPutKey::desk();
  ChipChannel card(desk.chip, true);
  EXPECT_TRUE(
      personalization::terminate(card, desk.profile, desk.transport_keys, desk.card_keys(), desk.random).empty());
  EXPECT_EQ(personalization::identify(card, desk.profile).state, personalization::LifeCycle::Terminated);
}

INSTANTIATE_TEST_SUITE_P(KeysAndVersions, TornPutKey,
                         testing::Values(TornKeys{"NothingWritten", 0x30, false}, TornKeys{"VersionAlone", 0x31, false},
                                         TornKeys{"KeysAlone", 0x30, true}, TornKeys{"Everything", 0x31, true}),
                         [](const auto& value) { return std::string(value.param.name); });

INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TearTest,
                         testing::Values(FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter),
                         [](const auto& value) {
                           return std::string(value.param == FaultChannel::Kind::CardGoneBefore ? "Before" : "After");
                         });

}  // namespace
