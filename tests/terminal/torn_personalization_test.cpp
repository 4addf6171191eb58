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

INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, TearTest,
                         testing::Values(FaultChannel::Kind::CardGoneBefore, FaultChannel::Kind::CardGoneAfter),
                         [](const auto& value) {
                           return std::string(value.param == FaultChannel::Kind::CardGoneBefore ? "Before" : "After");
                         });

}  // namespace
