// The rows that are about a chip, against the virtual one: it keeps them all, a bad chip does not, and what cannot be
// asked is said.

#include "smartcard/conformance/conformance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/judge/full_chip.h"

namespace {

using conformance::Outcome;
using conformance::RowResult;
using ::testing::IsSupersetOf;

// The chip, spoilt on its way out: every refusal becomes this word.
class Lenient final : public transport::Channel {
 public:
  Lenient(transport::Channel& inner, std::uint8_t ins) : inner_(inner), ins_(ins) {}
  apdu::Response transmit(const apdu::Command& command) override {
    apdu::Response answer = inner_.transmit(command);
    if (command.ins == ins_ && (command.cla & 0x0F) == 0 && answer.data.empty()) answer.sw.value = 0x9000;
    return answer;
  }
  bool extended_length() const override { return inner_.extended_length(); }

 private:
  transport::Channel& inner_;
  std::uint8_t ins_;
};

std::vector<RowResult> run(full_chip::InProcessCard& card, transport::Channel& channel,
                           std::string_view chapters = "ABCDE", bool knows_everything = true) {
  base::SeededRandom random(5);
  const auto credentials = full_chip::inspection_system();
  conformance::CardUnderTest under_test{.card = channel, .reset = [&card] { card.reset(); }, .random = random};
  under_test.mrz_information = full_chip::mrz_information();
  if (knows_everything) {
    under_test.can = full_chip::kCan;
    under_test.inspection_system = &credentials;
  }
  return conformance::run(under_test, chapters);
}

std::vector<std::string> ids(const std::vector<RowResult>& rows, Outcome outcome) {
  std::vector<std::string> out;
  for (const RowResult& row : rows) {
    if (row.outcome == outcome) out.push_back(row.id);
  }
  return out;
}

TEST(ConformanceTest, TheVirtualChipKeepsEveryRow) {
  full_chip::InProcessCard card(full_chip::made());
  const auto rows = run(card, card);
  EXPECT_TRUE(conforms(rows)) << to_text(rows);
  EXPECT_EQ(rows.size(), 69U);
  // What a reader's driver, the order of the protocol, the session's keys and the CVCA's key keep from being asked.
  EXPECT_THAT(ids(rows, Outcome::NotApplicable),
              ::testing::ElementsAre("A14", "C19", "D8", "D9", "E7", "E8", "E9", "E11", "E12"))
      << to_text(rows);
}

TEST(ConformanceTest, WhatIsNotKnownIsNotAsked) {
  full_chip::InProcessCard card(full_chip::made());
  const auto rows = run(card, card, "BCE", /*knows_everything=*/false);
  EXPECT_TRUE(conforms(rows)) << to_text(rows);
  EXPECT_THAT(ids(rows, Outcome::NotApplicable), IsSupersetOf({"C23", "E6", "E10", "E11"}));
}

// A wrong card access number says nothing against a card, but in the one row that asks for a clean run.
TEST(ConformanceTest, AWrongPasswordFailsTheCleanRunAlone) {
  full_chip::InProcessCard card(full_chip::made());
  base::SeededRandom random(5);
  const auto rows = conformance::run({.card = card,
                                      .reset = [&card] { card.reset(); },
                                      .mrz_information = full_chip::mrz_information(),
                                      .can = "654321",
                                      .random = random});
  EXPECT_THAT(ids(rows, Outcome::Failed), ::testing::ElementsAre("C22")) << to_text(rows);
}

TEST(ConformanceTest, AChipThatTakesWhatItHasToRefuseFails) {
  full_chip::InProcessCard card(full_chip::made());
  Lenient reads(card, 0xB0);  // READ BINARY
  EXPECT_THAT(ids(run(card, reads, "A"), Outcome::Failed), IsSupersetOf({"A3", "A4", "A6"}));
  Lenient agrees(card, 0x22);  // MSE
  EXPECT_THAT(ids(run(card, agrees, "C"), Outcome::Failed), IsSupersetOf({"C1", "C2", "C3", "C4", "C6", "C7"}));
  Lenient finds(card, 0xA4);  // SELECT
  EXPECT_THAT(ids(run(card, finds, "A"), Outcome::Failed), IsSupersetOf({"A1"}));
}

TEST(ConformanceTest, IsToldAsTextAndAsJson) {
  const std::vector<RowResult> rows{{"A1", "a name", Outcome::Passed, "6A82"},
                                    {"A2", "files", Outcome::Failed, "9000"},
                                    {"A14", "lengths", Outcome::NotApplicable, "not here"}};
  EXPECT_EQ(
      to_text(rows),
      "A1   pass            a name: 6A82\nA2   fail            files: 9000\nA14  not_applicable  lengths: not here\n"
      "1 passed, 1 failed, 1 not applicable\n");
  const nlohmann::json json = to_json(rows);
  EXPECT_EQ(json.at("rows").at(1),
            nlohmann::json({{"id", "A2"}, {"what", "files"}, {"result", "fail"}, {"seen", "9000"}}));
  EXPECT_EQ(json.at("failed"), 1);
}

}  // namespace
