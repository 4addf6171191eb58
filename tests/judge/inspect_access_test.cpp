// How a chip is opened, which proofs count, and what the policy makes of both.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "smartcard/document/dg13.h"
#include "smartcard/lds/dg3.h"
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

// --- PACE, and what may take its place ---

const lds::PaceInfo kPace{.parameter_id = 13};

// A card with EF.CardAccess, chip authentication and fingerprints behind terminal authentication.
lds::Files full_card() {
  lds::Files files = sample::card();
  files[FileId::CardAccess] = lds::encode_security_infos({.pace = {kPace}});
  lds::SecurityInfos infos{.pace = {kPace}, .chip_authentication = {{}}, .terminal_authentication = {{}}};
  infos.chip_keys.push_back({.public_key = lds::parse_dg15(files[FileId::Dg15]).value()});
  files[FileId::Dg14] = lds::encode_dg14(infos);
  files[FileId::Dg3] = lds::encode_dg3({}, base::hex("0102030405060708"));
  files[FileId::Com] = lds::encode_com({1, 2, 3, 13, 14, 15});
  return sample::sign_again(files);
}

Scene full_scene() {
  return {.files = full_card()};
}

TEST(InspectCardTest, PaceOpensTheChipAndBacIsNotAsked) {
  Scene scene = full_scene();
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::Genuine) << testing::PrintToString(report.reasons());
  for (const char* name : {"open", "pace", "read", "active_authentication", "chip_authentication"}) {
    EXPECT_EQ(step(report, name), StepResult::Passed) << name;
  }
  EXPECT_EQ(step(report, "bac"), StepResult::NotPerformed);
  EXPECT_EQ(step(report, "terminal_authentication"), StepResult::NotPerformed);
  EXPECT_EQ(scene.pace_password, chip_access::PasswordReference::Mrz);
  EXPECT_EQ(scene.key_of_access, "");
}

TEST(InspectCardTest, ACanOpensTheChipWithoutAnyMrz) {
  Scene scene = full_scene();
  scene.can = "123456";
  scene.optical_mrz = "";
  EXPECT_EQ(inspect(scene).verdict, Verdict::Genuine);
  EXPECT_EQ(scene.pace_password, chip_access::PasswordReference::Can);
}

TEST(InspectCardTest, ACanDoesNotOpenAChipThatKnowsTheMrzAlone) {
  Scene scene;
  scene.can = "123456";
  scene.optical_mrz = "";
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::Undecided);
  EXPECT_THAT(report.reasons(), ElementsAre("PASSWORD_MISSING"));
}

TEST(InspectCardTest, BacTakesThePlaceOfAFailedPaceOnlyByPolicy) {
  Scene scene = full_scene();
  scene.pace_opens = false;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("PACE_PASSWORD"));
  EXPECT_EQ(scene.key_of_access, "");
  scene.policy.bac = inspection::BacUse::WhenPaceFails;
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::Genuine);
  EXPECT_TRUE(report.findings.has("BAC_FALLBACK"));
  EXPECT_EQ(step(report, "pace"), StepResult::Failed);
  EXPECT_EQ(step(report, "bac"), StepResult::Passed);
}

TEST(InspectCardTest, APolicyMayRefuseACardWithoutPace) {
  Scene scene;
  scene.policy.bac = inspection::BacUse::Never;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("PACE_DEMANDED"));
  EXPECT_EQ(scene.key_of_access, "");
}

TEST(InspectCardTest, AHiddenCardAccessIsADowngrade) {
  Scene scene = full_scene();
  scene.files.erase(FileId::CardAccess);
  const Report report = inspect(scene);
  EXPECT_EQ(step(report, "bac"), StepResult::Passed);
  EXPECT_THAT(report.reasons(), ElementsAre("PACE_DOWNGRADE"));
}

TEST(InspectCardTest, AWeakerCardAccessIsADowngrade) {
  Scene scene = full_scene();
  scene.files[FileId::CardAccess] =
      lds::encode_security_infos({.pace = {{.cipher = lds::Cipher::TripleDes, .parameter_id = 13}}});
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("PACE_DOWNGRADE"));
}

TEST(InspectCardTest, ACardAccessThatIsNoneLeadsToBac) {
  for (const char* file : {"3100", "3103020101", "31063004060255000101"}) {
    Scene scene;
    scene.files[FileId::CardAccess] = base::hex(file);
    const Report report = inspect(scene);
    EXPECT_EQ(report.verdict, Verdict::Genuine) << file;
    EXPECT_TRUE(report.findings.has("PACE_NOT_OFFERED")) << file;
  }
}

// --- proofs ---

TEST(InspectCardTest, ChipAuthenticationAloneProvesTheChip) {
  Scene scene = full_scene();
  scene.files.erase(FileId::Dg15);
  scene.files[FileId::Com] = lds::encode_com({1, 2, 3, 13, 14});
  scene.files = sample::sign_again(scene.files);
  EXPECT_EQ(inspect(scene).verdict, Verdict::Genuine);
  EXPECT_EQ(scene.challenges, 0);
}

TEST(InspectCardTest, ChipAuthenticationCountsOnlyAfterTheFirstGoodAnswer) {
  Scene scene = full_scene();
  scene.chip_has_its_key = false;
  const Report report = inspect(scene);
  EXPECT_EQ(report.verdict, Verdict::NotGenuine);
  EXPECT_THAT(report.reasons(), ElementsAre("CHIP_AUTHENTICATION_FAILED"));
  EXPECT_EQ(step(report, "chip_authentication"), StepResult::Failed);
}

TEST(InspectCardTest, ChipAuthenticationWithAKeyThatNobodySignedIsNotAsked) {
  Scene scene = full_scene();
  scene.files[FileId::Dg14].back() ^= 0x01;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("DG14_HASH_MISMATCH"));
  EXPECT_EQ(scene.agreements, 0);
  Scene foreign = full_scene();
  forge::Sod sod;
  sod.certificates = {"ds_rogue_issuer"};
  sod.named_certificate = "ds_rogue_issuer";
  foreign.files = sample::sign_again(foreign.files, sod);
  EXPECT_THAT(inspect(foreign).reasons(), ElementsAre("CSCA_NOT_TRUSTED"));
  EXPECT_EQ(foreign.agreements, 0);
}

TEST(InspectCardTest, ACloneIsNotAskedTwice) {
  Scene scene = full_scene();
  scene.chip_answers_the_challenge = false;
  scene.chip_has_its_key = false;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("ACTIVE_AUTHENTICATION_FAILED"));
  EXPECT_EQ(scene.agreements, 0);
}

TEST(InspectCardTest, FingerprintsAreReadAfterTerminalAuthenticationAndNotBefore) {
  Scene scene = full_scene();
  lds::Files read;
  EXPECT_TRUE(inspect(scene, &read).findings.has("DG3_NOT_READ"));
  EXPECT_FALSE(read.contains(FileId::Dg3));
  scene.has_inspection_system = true;
  const Report report = inspect(scene, &read);
  EXPECT_EQ(report.verdict, Verdict::Genuine);
  EXPECT_EQ(step(report, "terminal_authentication"), StepResult::Passed);
  EXPECT_EQ(read, scene.files);
  EXPECT_FALSE(report.findings.has("DG3_NOT_READ"));
  EXPECT_EQ(report.document.at("fingers"), nlohmann::json::array()) << "a template without fingers";
}

TEST(InspectCardTest, FingerprintsThatNobodyCanReadAreAReason) {
  Scene scene = full_scene();
  scene.has_inspection_system = true;
  scene.files[FileId::Dg3] = base::hex("6303020100");
  scene.files = sample::sign_again(scene.files);
  const Report report = inspect(scene);
  EXPECT_THAT(report.reasons(), ElementsAre("DG3_MALFORMED"));
  EXPECT_FALSE(report.document.contains("fingers"));
}

TEST(InspectCardTest, ChangedFingerprintsAreFoundAfterTerminalAuthentication) {
  Scene scene = full_scene();
  scene.has_inspection_system = true;
  scene.files[FileId::Dg3].back() ^= 0x01;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("DG3_HASH_MISMATCH"));
}

TEST(InspectCardTest, AChipThatDoesNotLetUsInIsNoLessGenuineUnlessThePolicySaysSo) {
  Scene scene = full_scene();
  scene.has_inspection_system = true;
  scene.is_let_in = false;
  EXPECT_EQ(inspect(scene).verdict, Verdict::Genuine);
  scene.policy.terminal_authentication = inspection::Demand::Always;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("TERMINAL_AUTHENTICATION_REFUSED"));
}

TEST(InspectCardTest, WhatThePolicyDemandsAndTheDocumentDoesNotOfferIsAReason) {
  Scene scene;
  scene.files.erase(FileId::Dg15);
  scene.files[FileId::Com] = lds::encode_com({1, 2, 13});
  scene.files = sample::sign_again(scene.files);
  scene.policy.active_authentication = inspection::Demand::Always;
  scene.policy.chip_authentication = inspection::Demand::Always;
  scene.policy.terminal_authentication = inspection::Demand::Always;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("ACTIVE_AUTHENTICATION_DEMANDED", "CHIP_AUTHENTICATION_DEMANDED",
                                                    "TERMINAL_AUTHENTICATION_DEMANDED"));
}

TEST(InspectCardTest, WhatThePolicyLeavesOutIsNotPerformed) {
  Scene scene = full_scene();
  scene.policy.active_authentication = inspection::Demand::Never;
  scene.policy.chip_authentication = inspection::Demand::Never;
  EXPECT_THAT(inspect(scene).reasons(), ElementsAre("CHIP_NOT_PROVEN"));
  EXPECT_EQ(scene.challenges + scene.agreements, 0);
}

// --- the account of time ---

TEST(InspectCardTest, TheStepsAddUpToTheTotal) {
  Scene scene = full_scene();
  scene.has_inspection_system = true;
  const Report report = inspect(scene);
  inspection::Cost sum;
  for (const inspection::Step& one : report.steps) sum += one.cost;
  EXPECT_EQ(sum.commands, report.total.commands);
  EXPECT_EQ(sum.bytes, report.total.bytes);
  EXPECT_EQ(sum.waiting, report.total.waiting);
  EXPECT_LE(sum.ms(), report.total.ms());
  EXPECT_GT(sum.ms(), 0.99 * report.total.ms());
}

// --- a child ---

TEST(InspectCardTest, ACardMadeForASmallChildHasNoPortraitAndSaysSo) {
  Scene scene;
  document::Dg13 fields = document::parse_dg13(scene.files[FileId::Dg13]).fields.value();
  const auto birth = base::parse_vietnamese_date(fields.birth).value();
  scene.files.erase(FileId::Dg2);
  scene.files[FileId::Com] = lds::encode_com({1, 13, 15});
  const auto made_at_the_age_of = [&](int years) {
    fields.issue = base::to_vietnamese(base::add_years(birth, years));
    scene.files[FileId::Dg13] = document::encode_dg13(fields);
    scene.files = sample::sign_again(scene.files);
    return inspect(scene);
  };
  const Report child = made_at_the_age_of(5);
  EXPECT_EQ(child.verdict, Verdict::Genuine) << testing::PrintToString(child.reasons());
  EXPECT_TRUE(child.findings.has("NO_PORTRAIT_CHILD"));
  EXPECT_THAT(made_at_the_age_of(6).reasons(), testing::Contains("DG2_MISSING"));
}

}  // namespace
