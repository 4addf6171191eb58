// The hardened card (docs/decisions/cccd-hardened.md) at a checkpoint: no BAC, PACE by its own CAN, EF.DG13 for an
// inspection system and for nobody else.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/document/mrz.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/evidence.h"
#include "smartcard/inspection/report_text.h"
#include "smartcard/lds/lds.h"
#include "tests/judge/full_chip.h"
#include "tests/judge/sample_card.h"

namespace {

using inspection::BacUse;
using inspection::CardRecord;
using inspection::Demand;
using inspection::Policy;
using inspection::Report;
using inspection::StepResult;
using inspection::Verdict;
using lds::FileId;
using simulator::State;
using ::testing::Contains;
using ::testing::ElementsAre;

constexpr std::uint16_t kDg1 = 0x0101, kDg2 = 0x0102, kDg13 = 0x010D;

State hardened() {
  State state = full_chip::made();
  state.bac.reset();
  state.access.bac = false;
  state.access.dg13_behind_authentication = true;
  return state;
}

// What docs/formats/inspection-policy.md says of such cards.
Policy policy() {
  return inspection::parse_policy(R"(version = 1
[access]
pace = "always"
bac = "never"
[checks]
chip_authentication = "always"
[reading]
may_be_refused = [13]
)",
                                  "policy.toml");
}

struct Looked {
  Report report;
  CardRecord record;
};

Looked look(const State& state, const Policy& policy, bool has_key, std::string_view can = full_chip::kCan) {
  full_chip::InProcessCard card(state);
  base::SeededRandom random(4);
  const trust::TrustStore trust = forge::trust();
  const auto credentials = full_chip::inspection_system();
  inspection::CardInspection how{{}, trust, forge::inspection_moment(), random};
  how.can = can;
  how.policy = policy;
  if (has_key) how.inspection_system = &credentials;
  Looked out;
  out.report = inspection::inspect_card(card, how, &out.record);
  return out;
}

StepResult step(const Report& report, std::string_view name) {
  const auto found = std::ranges::find(report.steps, name, &inspection::Step::name);
  return found == report.steps.end() ? StepResult::NotPerformed : found->result;
}

const base::Finding* finding(const Report& report, std::string_view code) {
  const auto& all = report.findings.list();
  const auto found = std::ranges::find(all, code, &base::Finding::code);
  return found == all.end() ? nullptr : &*found;
}

TEST(HardenedCard, IsGenuineAndKeepsDg13FromWhoHasNoRights) {
  const Looked seen = look(hardened(), policy(), false);
  EXPECT_EQ(seen.report.verdict, Verdict::Genuine) << to_text(seen.report);
  EXPECT_EQ(step(seen.report, "pace"), StepResult::Passed);
  EXPECT_FALSE(seen.record.files.contains(FileId::Dg13));
  EXPECT_FALSE(seen.report.document.contains("dg13"));
  ASSERT_NE(finding(seen.report, "DG13_NOT_READ"), nullptr);
  EXPECT_EQ(finding(seen.report, "DG13_NOT_READ")->severity, base::Severity::Note);
  EXPECT_THAT(seen.record.closed, ElementsAre(13));
}

TEST(HardenedCard, GivesDg13AfterTerminalAuthentication) {
  const Looked seen = look(hardened(), policy(), true);
  EXPECT_EQ(seen.report.verdict, Verdict::Genuine) << to_text(seen.report);
  EXPECT_EQ(step(seen.report, "terminal_authentication"), StepResult::Passed);
  EXPECT_EQ(seen.record.files.at(FileId::Dg13), hardened().files.at(kDg13));
  EXPECT_TRUE(seen.report.document.contains("dg13"));
  EXPECT_EQ(finding(seen.report, "DG13_NOT_READ"), nullptr);
  EXPECT_TRUE(seen.record.closed.empty());
}

// What is read with rights is judged like everything else.
TEST(HardenedCard, IsNotGenuineWhenTheDg13BehindTheRightsIsAnother) {
  State state = hardened();
  state.files.at(kDg13).back() ^= 0x01;
  EXPECT_EQ(look(state, policy(), false).report.verdict, Verdict::Genuine) << "nobody saw it";
  EXPECT_THAT(look(state, policy(), true).report.reasons(), Contains("DG13_HASH_MISMATCH"));
}

TEST(HardenedCard, FailsWhereNothingSaysThatDg13MayBeRefused) {
  Policy usual = policy();
  usual.may_be_refused.clear();
  for (const bool has_key : {false, true}) {
    const Report report = look(hardened(), usual, has_key).report;
    EXPECT_EQ(report.verdict, Verdict::NotGenuine);
    EXPECT_THAT(report.reasons(), ElementsAre("DG13_NOT_READ"));
    EXPECT_NE(step(report, "terminal_authentication"), StepResult::Passed)
        << "a failed document is shown no certificate";
  }
}

// A file that is not there is no refusal.
TEST(HardenedCard, FailsWhenDg13IsNotThereAtAll) {
  State state = hardened();
  state.access.dg13_behind_authentication = false;
  state.files.erase(kDg13);
  EXPECT_THAT(look(state, policy(), false).report.reasons(), ElementsAre("DG13_MISSING"));
}

TEST(HardenedCard, OpensByNoOtherNumberAndByNoBac) {
  EXPECT_EQ(look(hardened(), policy(), false, "654321").report.verdict, Verdict::NotGenuine);
  full_chip::InProcessCard card(hardened());
  base::SeededRandom random(4);
  ASSERT_TRUE(card.transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt}).sw.ok());
  EXPECT_EQ(card.transmit({0x00, 0x84, 0x00, 0x00, {}, 8}).sw.value, 0x6985);
  EXPECT_FALSE(chip_access::basic_access_control(card, full_chip::mrz_information(), random).secured);
}

TEST(HardenedCard, IsJudgedAgainFromEvidenceAsItWasSeen) {
  const Looked seen = look(hardened(), policy(), false);
  const std::string text = inspection::to_text({.made_at = forge::inspection_moment(),
                                                .optical_mrz = "",
                                                .record = seen.record,
                                                .report = to_json(seen.report)});
  inspection::Evidence kept = inspection::parse_evidence(text, "test");
  EXPECT_EQ(kept.record.closed, seen.record.closed);
  const trust::TrustStore trust = forge::trust();
  EXPECT_EQ(inspection::inspect_evidence(kept, trust, forge::inspection_moment()).verdict, Verdict::DataAuthentic);
  kept.record.closed.clear();
  EXPECT_THAT(inspection::inspect_evidence(kept, trust, forge::inspection_moment()).reasons(),
              ElementsAre("DG13_MISSING"));
}

// The day of issue stands in EF.DG13: without it the card's end tells whether it can have been made before the sixth
// birthday.
TEST(HardenedCard, OfAChildHasNoPortraitAndTheDayOfIssueNeedsNoRights) {
  const auto made_for = [](const char* number, base::Date birth, base::Date expiry) {
    State state = hardened();
    state.files.erase(kDg2);
    state.files[kDg1] = lds::encode_dg1(document::build_mrz(*document::CitizenNumber::parse(number), "Nguyễn Văn Mẫu",
                                                            birth, document::Sex::Male, expiry)
                                            .text());
    state.files[0x011E] = lds::encode_com({1, 3, 13, 14, 15});
    full_chip::sign_again(state);
    return look(state, policy(), false).report;
  };
  const Report child = made_for("001218000000", base::make_date(2018, 5, 17), base::make_date(2032, 5, 17));
  EXPECT_EQ(child.verdict, Verdict::Genuine) << to_text(child);
  EXPECT_NE(finding(child, "NO_PORTRAIT_CHILD"), nullptr);
  const Report adult = made_for("001090000000", base::make_date(1990, 1, 1), base::make_date(2030, 1, 1));
  EXPECT_THAT(adult.reasons(), Contains("DG2_MISSING"));
}

}  // namespace
