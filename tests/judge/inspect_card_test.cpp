#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/verdict.h"
#include "tests/judge/scene.h"

namespace {

using inspection::Report;
using inspection::StepResult;
using inspection::Verdict;
using lds::FileId;
using scene::inspect;
using scene::Scene;
using scene::step;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(InspectCardTest, AGoodCardIsGenuine) {
  Scene scene;
  lds::Files read;
  const Report report = inspect(scene, &read);
  EXPECT_EQ(report.verdict, Verdict::Genuine);
  EXPECT_THAT(report.reasons(), IsEmpty());
  EXPECT_EQ(read, scene.files);
  for (const char* name : {"open", "bac", "read", "passive_authentication", "active_authentication", "compare"}) {
    EXPECT_EQ(step(report, name), StepResult::Passed) << name;
  }
  EXPECT_EQ(step(report, "chip_authentication"), StepResult::NotSupported);
  EXPECT_EQ(step(report, "pace"), StepResult::NotSupported);
  const auto reading = std::ranges::find(report.steps, "read", &inspection::Step::name);
  EXPECT_GT(reading->cost.commands, 6);
  EXPECT_GT(reading->cost.bytes, 4000);
  EXPECT_EQ(scene.key_of_access.size(), 24U);
}

TEST(InspectCardTest, ACloneWithoutTheKeyIsNotGenuine) {
  Scene scene;
  scene.chip_answers_the_challenge = false;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("ACTIVE_AUTHENTICATION_FAILED"));
}

// The clone brings a key of its own, which it can use: passive authentication has to refuse that key first.
TEST(InspectCardTest, AChipKeyThatIsNotSignedProvesNothing) {
  Scene scene;
  scene.files.erase(FileId::Dg15);
  scene.files = sample::sign_again(scene.files);
  scene.files[FileId::Dg15] = sample::card()[FileId::Dg15];
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), ElementsAre("DG15_NOT_IN_SOD"));
  EXPECT_EQ(scene.challenges, 0);
}

TEST(InspectCardTest, AChangedChipKeyIsNotAsked) {
  Scene scene;
  scene.files[FileId::Dg15].back() ^= 0x01;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("DG15_HASH_MISMATCH"));
  EXPECT_EQ(scene.challenges, 0);
}

TEST(InspectCardTest, ACardWithoutAChipKeyIsNotProven) {
  Scene scene;
  scene.files.erase(FileId::Dg15);
  scene.files[FileId::Com] = lds::encode_com({1, 2, 13});
  scene.files = sample::sign_again(scene.files);
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::ChipNotProven);
  EXPECT_THAT(report.reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_EQ(step(report, "active_authentication"), StepResult::NotSupported);
}

TEST(InspectCardTest, AHiddenChipKeyIsMissed) {
  Scene scene;
  scene.files.erase(FileId::Dg15);
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("DG15_MISSING"));
}

TEST(InspectCardTest, ASignerOfAForeignAuthorityIsRefusedForThatAlone) {
  forge::Sod sod;
  sod.certificates = {"ds_rogue_issuer"};
  sod.named_certificate = "ds_rogue_issuer";
  Scene scene;
  scene.files = sample::sign_again(sample::card(), sod);
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("CSCA_NOT_TRUSTED"));
}

TEST(InspectCardTest, TheChipOfAnotherCardDoesNotFitThePrint) {
  Scene scene;
  scene.optical_mrz.replace(2 * 31, 3, "XXX");  // the name
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("MRZ_MISMATCH"));
}

TEST(InspectCardTest, AnUnreadablePrintDecidesNothing) {
  Scene scene;
  scene.optical_mrz = "IDVNM";
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::Undecided);
  EXPECT_THAT(report.reasons(), ElementsAre("OPTICAL_MRZ_UNREADABLE"));
  EXPECT_EQ(step(report, "open"), StepResult::NotPerformed);
}

TEST(InspectCardTest, ARefusalAtTheDoorIsAnAnswer) {
  Scene blank;
  blank.habits = fake::Habits{.select_application = {0x6A82}};
  EXPECT_THAT(inspect(blank).reasons(), ElementsAre("LDS_APPLICATION_MISSING"));
  Scene closed;
  closed.bac_opens = false;
  const Report report = inspect(closed);
  EXPECT_THAT(report.reasons(), ElementsAre("BAC_REFUSED"));
  EXPECT_EQ(step(report, "bac"), StepResult::Failed);
  EXPECT_EQ(step(report, "read"), StepResult::NotPerformed);
}

TEST(InspectCardTest, FingerprintsThatAreRefusedAreNotNeeded) {
  Scene scene;
  scene.files[FileId::Dg3] = base::hex("6303020100");
  scene.files[FileId::Com] = lds::encode_com({1, 2, 3, 13, 15});
  scene.files = sample::sign_again(scene.files);
  scene.habits.refused = {FileId::Dg3};
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::Genuine);
  EXPECT_TRUE(report.findings.has("DG3_NOT_READ"));
}

TEST(InspectCardTest, OtherGroupsThatAreRefusedAreMissed) {
  Scene scene;
  scene.habits = fake::Habits{.refused = {FileId::Dg13}};
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("DG13_NOT_READ"));
}

TEST(InspectCardTest, AFileThatAnnouncesAGigabyteIsNotRead) {
  Scene scene;
  scene.files[FileId::Dg2] = base::hex("7584400000000102030405060708");
  const Report report = inspect(scene);
  EXPECT_THAT(report.reasons(), ElementsAre("DG2_TOO_LARGE"));
}

TEST(InspectCardTest, AChipThatNeverEndsGetsAVerdict) {
  for (const fake::Habits& habits : {fake::Habits{.empty_for_ever = true}, fake::Habits{.warns_for_ever = true},
                                     fake::Habits{.too_much = true}, fake::Habits{.ends_early = true}}) {
    Scene scene;
    scene.habits = habits;
    const Report report = inspect(scene);
    EXPECT_EQ(report.verdict, Verdict::NotGenuine);
    EXPECT_TRUE(report.findings.has("SOD_READ_FAILED"));
  }
}

TEST(InspectCardTest, BrokenSecureMessagingIsAFindingAtEveryCommand) {
  Scene whole;
  lds::Files read;
  const Report good = inspect(whole, &read);
  const auto commands = std::ranges::find(good.steps, "read", &inspection::Step::name)->cost.commands;
  ASSERT_GT(commands, 6);
  for (std::size_t at = 1; at <= static_cast<std::size_t>(commands); ++at) {
    Scene scene;
    scene.breaks_at = at;
    const Report report = inspect(scene);
    EXPECT_EQ(report.verdict, Verdict::NotGenuine);
    EXPECT_TRUE(report.findings.has("SECURE_MESSAGING_BROKEN")) << at;
    EXPECT_EQ(scene.challenges, 0);
  }
}

TEST(InspectCardTest, APulledCardIsTheWorldsFault) {
  for (const std::size_t at : {1U, 5U, 12U}) {
    Scene scene;
    scene.breaks_at = at;
    scene.fault = base::Fault::PresentCardAgain;
    EXPECT_THROW(inspect(scene), base::Error) << at;
  }
}

// --- the verdict's table ---

TEST(VerdictTest, OnlyOneCombinationOfFactsIsGenuine) {
  int genuine = 0;
  for (int bits = 0; bits < 32; ++bits) {
    const inspection::Facts facts{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0};
    const bool fails = (bits & 8) != 0;
    const bool undecided = (bits & 16) != 0;
    Report report;
    if (fails) report.findings.fail("DG1_HASH_MISMATCH", "x", "y");
    if (undecided) report.findings.fail("NO_TRUST_ANCHOR", "x", "y");
    report.findings.warn("COM_MISSING", "x", "y");
    inspection::conclude(facts, report);
    genuine += report.verdict == Verdict::Genuine ? 1 : 0;
    if (fails) {
      EXPECT_EQ(report.verdict, Verdict::NotGenuine);
    }
    if (undecided && !fails) {
      EXPECT_EQ(report.verdict, Verdict::Undecided);
    }
    if (!facts.passive_authentication_passed) {
      EXPECT_FALSE(is_acceptable(report.verdict));
    }
    EXPECT_EQ(report.reasons().empty(), is_acceptable(report.verdict)) << bits;
  }
  EXPECT_EQ(genuine, 1);
}

TEST(VerdictTest, HasTheWordsOfTheContract) {
  EXPECT_EQ(verdict_name(Verdict::Genuine), "GENUINE");
  EXPECT_EQ(verdict_name(Verdict::DataAuthentic), "DATA AUTHENTIC");
  EXPECT_EQ(verdict_name(Verdict::ChipNotProven), "CHIP NOT PROVEN");
  EXPECT_EQ(verdict_name(Verdict::NotGenuine), "NOT GENUINE");
  EXPECT_EQ(verdict_name(Verdict::Undecided), "UNDECIDED");
  EXPECT_EQ(verdict_name(Verdict::NotIssued), "NOT ISSUED");
  EXPECT_FALSE(is_acceptable(Verdict::ChipNotProven));
  EXPECT_FALSE(is_acceptable(Verdict::NotIssued));
}

}  // namespace
