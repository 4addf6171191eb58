// What becomes of cases that did not go through: form CC03, appeals, corrections at the register, and going on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuance/cases/refusal.h"
#include "issuance/station/answers.h"
#include "pki/base/core/error.h"
#include "tests/issuance/station_world.h"

namespace {

using station_world::StationTest;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kReason = "Ảnh không đúng người nộp hồ sơ";
constexpr const char* kLegal = "Luật 26/2023/QH15 Đ23.1b";

class WaitingTest : public StationTest {
 protected:
  const cases::StationOfficer officer(const std::string& account) { return station->store().officers().need(account); }

  std::string refused() {
    const std::string id = open();
    station->vet(id, registry);
    EXPECT_EQ(approve(id, "chi").state, "approved-once");
    EXPECT_EQ(station->refuse(id, officer("binh"), {kReason, kLegal}, registry).state, "refused");
    return id;
  }
  station::StepAnswer appeal(const std::string& id, const std::string& account) {
    return station->appeal(id, officer(account), *keys.at(account), "Người nộp bổ sung ảnh");
  }
  std::string held(const std::string& wrong_name) {
    registry.change = [=](auto& answer) { answer.person->full_name = wrong_name; };
    const std::string id = open();
    EXPECT_EQ(station->vet(id, registry).state, "held");
    return id;
  }
};

TEST_F(WaitingTest, TellsTheApplicantWhyAnOfficerRefusedAndOnWhichLaw) {
  const std::string id = refused();
  const auto notice = cases::refusal_notice(station->store(), id);
  ASSERT_TRUE(std::holds_alternative<cases::RefusalNotice>(notice));
  const auto& content = std::get<cases::RefusalNotice>(notice);
  ASSERT_EQ(content.grounds.size(), 1U);
  EXPECT_EQ(content.grounds[0].vi, kReason);
  EXPECT_EQ(content.grounds[0].legal, kLegal);
  EXPECT_EQ(content.by, "binh");
  const std::string text = station::to_text(content);
  EXPECT_THAT(text, testing::StartsWith("Mẫu CC03"));
  EXPECT_THAT(text, HasSubstr(kLegal));
  EXPECT_THAT(text, HasSubstr("001090000000"));
  EXPECT_EQ(station::to_json(content).at("form"), "CC03");
}

TEST_F(WaitingTest, TellsTheApplicantWhichRulesRefusedAndOnWhichLaw) {
  const std::string id = open();
  registry.change = [](auto& answer) {
    answer.citizen = false;
    answer.person->nationality = "Lào";
    answer.missing = true;  // a hold is no ground of a refusal
  };
  EXPECT_EQ(station->vet(id, registry).state, "refused");
  const auto content = std::get<cases::RefusalNotice>(cases::refusal_notice(station->store(), id));
  ASSERT_EQ(content.grounds.size(), 1U);
  EXPECT_EQ(content.grounds[0].code, "NOT_A_CITIZEN");
  EXPECT_EQ(content.grounds[0].legal, "Luật 26/2023/QH15 Đ19.1");
  EXPECT_EQ(content.rule_set, vetting::RuleSet::shipped().version());
}

TEST_F(WaitingTest, HasNoFormForACaseThatIsNotRefused) {
  for (const std::string& id : {open(), held("Nguyễn Văn Khác")}) {
    const auto notice = cases::refusal_notice(station->store(), id);
    ASSERT_TRUE(std::holds_alternative<base::Findings>(notice));
    EXPECT_TRUE(std::get<base::Findings>(notice).has("CASE_NOT_REFUSED"));
  }
}

TEST_F(WaitingTest, AnAppealLeadsToACardWithOtherOfficers) {
  const std::string id = refused();
  const auto appealed = appeal(id, "dung");
  EXPECT_EQ(appealed.state, "received");
  EXPECT_EQ(station->store().receiver(id), "dung");
  EXPECT_EQ(station->vet(id, registry).state, "checked");
  EXPECT_EQ(station->store().approvals(id).size(), 0U);
  EXPECT_EQ(approve(id, "giang").state, "approved-once");
  EXPECT_EQ(approve(id, "hoa").state, "approved");
  EXPECT_TRUE(std::holds_alternative<cases::ApprovedOrder>(station->store().load_approved(id, station->judges())));
}

TEST_F(WaitingTest, NobodyWhoActedBeforeTheAppealActsAgain) {
  const std::string id = refused();
  EXPECT_THAT(appeal(id, "an").findings.failing_codes(), ElementsAre("APPEAL_SAME_OFFICER"));
  EXPECT_THAT(appeal(id, "hoa").findings.failing_codes(), ElementsAre("OFFICER_ROLE"));
  EXPECT_EQ(state(id), "refused");
  EXPECT_EQ(appeal(id, "dung").state, "received");
  station->vet(id, registry);
  EXPECT_THAT(approve(id, "chi").findings.failing_codes(), ElementsAre("APPEAL_SAME_OFFICER"));
  EXPECT_THAT(approve(id, "binh").findings.failing_codes(), ElementsAre("APPEAL_SAME_OFFICER"));
  EXPECT_THAT(approve(id, "binh2").findings.failing_codes(), ElementsAre("APPEAL_SAME_OFFICER"));
  EXPECT_EQ(station->store().approvals(id).size(), 0U);
  EXPECT_THAT(station->refuse(id, officer("chi"), {kReason, kLegal}, registry).findings.failing_codes(),
              ElementsAre("APPEAL_SAME_OFFICER"));
  EXPECT_THAT(approve(id, "dung").findings.failing_codes(), ElementsAre("APPROVER_IS_RECEIVER"));
  EXPECT_EQ(approve(id, "giang").state, "approved-once");
}

TEST_F(WaitingTest, ASecondAppealNeedsOfficersOfItsOwnAgain) {
  const std::string id = refused();
  appeal(id, "dung");
  EXPECT_EQ(station->refuse(id, officer("giang"), {kReason, kLegal}, registry).state, "refused");
  for (const char* account : {"an", "dung"}) {
    EXPECT_THAT(appeal(id, account).findings.failing_codes(), ElementsAre("APPEAL_SAME_OFFICER")) << account;
  }
}

TEST_F(WaitingTest, AnAppealIsSignedByWhoTakesItIn) {
  const std::string id = refused();
  const auto forged = station->appeal(id, officer("dung"), *keys.at("an"), "Khiếu nại");
  EXPECT_THAT(forged.findings.failing_codes(), ElementsAre("RECEIPT_NOT_TRUSTED"));
  EXPECT_EQ(state(id), "refused");
  EXPECT_EQ(station->store().receiver(id), "an");
}

TEST_F(WaitingTest, AppealsOnlyARefusal) {
  EXPECT_THAT(appeal(open(), "dung").findings.failing_codes(), ElementsAre("CASE_STATE"));
}

TEST_F(WaitingTest, AHeldCaseGoesOnByItselfWhenTheRegisterChanged) {
  const std::string id = held("Nguyễn Văn Khác");
  EXPECT_TRUE(station->resume(registry).empty());
  EXPECT_EQ(state(id), "held");
  registry.change = {};
  registry.version = 2;
  const auto answers = station->resume(registry);
  ASSERT_GE(answers.size(), 1U);
  EXPECT_EQ(answers.back().case_id, id);
  EXPECT_EQ(state(id), "checked");
}

TEST_F(WaitingTest, ACaseThatStillDiffersWaitsForTheNextChange) {
  const std::string id = held("Nguyễn Văn Khác");
  registry.version = 5;
  EXPECT_FALSE(station->resume(registry).empty());
  EXPECT_EQ(state(id), "held");
  EXPECT_EQ(station->store().last_vetting(id)->register_version, 5);
  const std::size_t asked = registry.asked.size();
  EXPECT_TRUE(station->resume(registry).empty());
  EXPECT_EQ(registry.asked.size(), asked);
  registry.change = {};
  registry.version = 6;
  station->resume(registry);
}

TEST_F(WaitingTest, ACaseHeldForAnotherOpenOneIsAskedAboutEachTime) {
  const std::string id = open();
  registry.refusal.fail("OPEN_CASE", "number", "another case is open");
  EXPECT_EQ(station->vet(id, registry).state, "held");
  const auto answers = station->resume(registry);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].state, "checked");
}

TEST_F(WaitingTest, AsksTheRegisterForTheCorrectionOfWhatDiffers) {
  const std::string id = held("Nguyễn Văn Khác");
  EXPECT_TRUE(station->request_correction(id, "full_name", officer("an"), registry).findings.empty());
  EXPECT_EQ(registry.told.back(), "correct full_name to Nguyễn Văn Mẫu for " + id + " by P-1");
  EXPECT_THAT(station->request_correction(id, "birth", officer("an"), registry).findings.failing_codes(),
              ElementsAre("CORRECTION_NOT_DUE"));
  EXPECT_THROW(station->request_correction(id, "residence", officer("an"), registry), base::Error);
  registry.refusal.fail("CORRECTION_NEEDLESS", "full_name", "it stands so already");
  EXPECT_THAT(station->request_correction(id, "full_name", officer("an"), registry).findings.failing_codes(),
              ElementsAre("CORRECTION_NEEDLESS"));
  const std::string log = base::read_text_file(home.log() / "log.jsonl", "reading");
  EXPECT_THAT(log, HasSubstr("case.correction.intent"));
  EXPECT_THAT(log, testing::Not(HasSubstr("Nguyễn Văn Mẫu")));
  registry.change = {};
  registry.version = 9;
  station->resume(registry);
}

TEST_F(WaitingTest, CorrectsNothingForACaseThatDoesNotWait) {
  EXPECT_THAT(station->request_correction(open(), "full_name", officer("an"), registry).findings.failing_codes(),
              ElementsAre("CASE_STATE"));
}

TEST_F(WaitingTest, KeepsOfEachVettingByWhichRulesAndOnWhatEvidence) {
  const std::string id = open();
  registry.version = 3;
  const auto answer = station->vet(id, registry);
  const auto kept = station->store().last_vetting(id);
  ASSERT_TRUE(kept);
  EXPECT_EQ(*kept, *answer.vetting);
  EXPECT_EQ(kept->register_version, 3);
  const auto report = station::to_json(answer).at("vetting");
  EXPECT_EQ(report.at("rule_set"), vetting::RuleSet::shipped().version());
  EXPECT_EQ(report.at("answer_sha256").get<std::string>().size(), 43U);
  EXPECT_THAT(report.at("evidence").get<std::vector<std::string>>(), testing::Contains("register.person"));
  EXPECT_THAT(base::read_text_file(home.log() / "log.jsonl", "reading"), HasSubstr("\"register.person\""));
}

TEST_F(WaitingTest, TellsTheReceiverThatATextWasComposed) {
  auto application = sample::application_json();
  application["full_name"] = "Nguye\u0302\u0303n Va\u0306n Ma\u0302\u0303u";
  const auto answer = station->open_case(application.dump(), ".", officer("an"), *keys.at("an"));
  EXPECT_EQ(answer.state, "received");
  EXPECT_TRUE(answer.findings.has("APPLICATION_COMPOSED"));
  EXPECT_FALSE(answer.findings.failed());
}

TEST_F(WaitingTest, RevokesOnlyOnAGroundOfTheLaw) {
  const std::string id = open();
  for (const char* ground : {"HOLD-PRISON", "REV-LUCK", ""}) {
    EXPECT_THROW(station->revoke(id, officer("binh"), ground, kReason, registry), base::Error) << ground;
  }
  EXPECT_THAT(station->revoke(id, officer("binh"), "REV-WRONG", kReason, registry).findings.failing_codes(),
              ElementsAre("CASE_STATE"));
}

}  // namespace
