// A print that was read wrongly (row B10 of the catalogue of bad inputs): the inspector tells which check digit does
// not fit, tries what was read once, and guesses nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/access/access.h"
#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/simulator/crypto.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

using inspection::Report;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Counts how often the terminal begins with a password: MSE:Set AT of PACE, EXTERNAL AUTHENTICATE of BAC.
class CountingCard final : public transport::Channel {
 public:
  explicit CountingCard(const simulator::State& state) : card_(state) {}
  apdu::Response transmit(const apdu::Command& command) override {
    const bool pace = command.cla == 0x00 && command.ins == 0x22;
    const bool bac = command.cla == 0x00 && command.ins == 0x82;
    trials += pace || bac ? 1 : 0;
    return card_.transmit(command);
  }
  bool extended_length() const override { return true; }
  int trials = 0;

 private:
  full_chip::InProcessCard card_;
};

struct Outcome {
  Report report;
  int trials;
};

Outcome inspect(const simulator::State& state, std::string mrz) {
  CountingCard card(state);
  base::SeededRandom random(4);
  static const trust::TrustStore trust = forge::trust();
  inspection::CardInspection how{mrz, trust, forge::inspection_moment(), random};
  Report report = inspection::inspect_card(card, how, static_cast<lds::Files*>(nullptr));
  return {std::move(report), card.trials};
}

std::string printed() {
  std::string text = sample::mrz();
  std::erase(text, '\n');
  return text;
}

std::vector<std::string> places(const Report& report) {
  std::vector<std::string> out;
  for (const base::Finding& finding : report.findings.list()) {
    if (finding.code == "MRZ_CHECK_DIGIT") out.push_back(finding.where);
  }
  return out;
}

// One character of each field that the key is made of, read as its neighbor.
TEST(OpticalMrzTest, AMisreadFieldIsNamedAndTriedOnceAsItWasRead) {
  constexpr std::size_t kNumber = 7, kBirth = 31, kExpiry = 39;
  for (const auto& [at, where] : {std::pair{kNumber, "optical MRZ document number"},
                                  {kBirth, "optical MRZ date of birth"},
                                  {kExpiry, "optical MRZ date of expiry"}}) {
    std::string text = printed();
    text[at] = text[at] == '9' ? '8' : static_cast<char>(text[at] + 1);
    const auto [report, trials] = inspect(full_chip::made(), text);
    EXPECT_THAT(report.reasons(), ElementsAre("MRZ_CHECK_DIGIT", "PACE_PASSWORD")) << to_text(report);
    EXPECT_THAT(places(report), ElementsAre(where, "optical MRZ composite"));
    EXPECT_EQ(trials, 1) << "nothing else is tried";
  }
}

TEST(OpticalMrzTest, AnOForAZeroIsNotTakenForOne) {
  std::string text = printed();
  const std::size_t zero = text.find('0', 5);
  ASSERT_LT(zero, 14U);
  text[zero] = 'O';
  const auto [report, trials] = inspect(full_chip::made(), text);
  EXPECT_THAT(report.reasons(), ElementsAre("MRZ_CHECK_DIGIT", "PACE_PASSWORD")) << to_text(report);
  EXPECT_THAT(places(report), ElementsAre("optical MRZ document number", "optical MRZ composite"));
  EXPECT_EQ(trials, 1);
}

// Only the composite digit: the key is not made of it, so the chip opens, and the print is told all the same.
TEST(OpticalMrzTest, AMisreadCompositeDigitOpensTheChipAndIsTold) {
  std::string text = printed();
  text[59] = text[59] == '9' ? '0' : static_cast<char>(text[59] + 1);
  const auto [report, trials] = inspect(full_chip::made(), text);
  EXPECT_THAT(report.reasons(), ElementsAre("MRZ_CHECK_DIGIT", "MRZ_MISMATCH")) << to_text(report);
  EXPECT_THAT(places(report), ElementsAre("optical MRZ composite"));
}

// ICAO Doc 9303-11 App. D.2 in the form of a card: a number of more than nine characters, and one filled up with '<'.
TEST(OpticalMrzTest, LongAndShortNumbersOpenTheChip) {
  const auto file = vectors::load("mrz.json");
  int seen = 0;
  for (const auto& vector : file["cases"]) {
    if (vector["name"] != "bac_td1_long_docno" && vector["name"] != "bac_td1_nine") continue;
    ++seen;
    std::string text;
    for (const auto& line : vector["lines"]) text += line.get<std::string>();
    simulator::State state = full_chip::made();
    state.pace.insert_or_assign(
        std::uint8_t{1}, base::Secret(simulator::sha1(base::view_of(vector["mrz_information"].get<std::string>()))));
    const auto [report, trials] = inspect(state, text);
    EXPECT_THAT(report.reasons(), ElementsAre("MRZ_MISMATCH")) << "it opens; the files are another person's";
    EXPECT_EQ(trials, 1);
  }
  EXPECT_EQ(seen, 2);
}

}  // namespace
