// What an inspection costs the chip, and how a guessed CAN is slowed: the terminal (OpenSSL) at the chip (Botan).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/simulator/chip.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

using std::chrono::milliseconds;

// Adds up what the chip tells after each command; keeps the longest pause.
class CountingCard final : public transport::Channel {
 public:
  explicit CountingCard(simulator::Chip& chip) : chip_(chip) { chip_.reset(); }
  apdu::Response transmit(const apdu::Command& command) override {
    const base::Bytes answer = chip_.transmit(apdu::encode(command));
    const simulator::Effort& one = chip_.effort();
    sum.agreements += one.agreements;
    sum.verifications += one.verifications;
    sum.signatures += one.signatures;
    sum.written += one.written;
    sum.changes += one.changes;
    sum.pause += one.pause;
    return apdu::decode_response(answer).value();
  }
  bool extended_length() const override { return true; }
  simulator::Effort sum;

 private:
  simulator::Chip& chip_;
};

class EffortTest : public ::testing::Test {
 protected:
  inspection::Report inspect(std::string_view can, simulator::Effort& effort,
                             const chip_access::InspectionCredentials* inspection_system = nullptr) {
    CountingCard card(chip);
    base::SeededRandom random(4);
    const trust::TrustStore trust = forge::trust();
    const std::string mrz = sample::mrz();
    inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
    how.can = can;
    how.inspection_system = inspection_system;
    inspection::Report report = inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
    effort = card.sum;
    return report;
  }
  simulator::MemoryStore store{full_chip::made()};
  base::SeededRandom chip_random{3};
  simulator::Chip chip{store, chip_random};
};

// Generic mapping takes three multiplications, the agreement two, chip authentication one; the chain has a link, a DV
// and an inspection system, whose proof is one more; active authentication is one signature.
TEST_F(EffortTest, EachProtocolCostsWhatItsStandardSays) {
  const auto inspection_system = full_chip::inspection_system();
  simulator::Effort effort;
  const auto report = inspect(full_chip::kCan, effort, &inspection_system);
  EXPECT_EQ(report.verdict, inspection::Verdict::Genuine) << to_text(report);
  EXPECT_EQ(effort.agreements, 3U + 2U + 1U);
  EXPECT_EQ(effort.verifications, 4U);
  EXPECT_EQ(effort.signatures, 1U);
  EXPECT_EQ(effort.written, 0U);
  EXPECT_EQ(effort.pause, milliseconds(0));
}

TEST_F(EffortTest, AGuessedCanIsSlowedAndNeverBlocked) {
  simulator::Effort effort;
  for (const int expected : {0, 100, 200, 400}) {
    EXPECT_THAT(inspect("654321", effort).reasons(), testing::ElementsAre("PACE_PASSWORD"));
    EXPECT_EQ(effort.pause, milliseconds(expected));
    EXPECT_EQ(effort.changes, 1U) << "the count outlives the power";
  }
  EXPECT_EQ(inspect(full_chip::kCan, effort).verdict, inspection::Verdict::Genuine);
  EXPECT_EQ(effort.pause, milliseconds(800));
  EXPECT_EQ(inspect(full_chip::kCan, effort).verdict, inspection::Verdict::Genuine);
  EXPECT_EQ(effort.pause, milliseconds(0));
}

}  // namespace
