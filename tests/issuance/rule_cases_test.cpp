// Every rule of rules.toml in a world where it speaks, one where it is silent and one at its edge. A rule without its
// three fails here, so no rule is shipped that nobody has seen at work.

#include "tests/issuance/rule_cases.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace rule_cases {

void World::born(int year, unsigned month, unsigned day) {
  const int century = year < 2000 ? 0 : 2;  // of a man, NĐ 137/2015 Đ13
  application.birth = person().birth = base::make_date(year, month, day);
  application.number = fmt::format("001{}{:02}000000", century, year % 100);
}

void World::unknown(const char* status) {
  answer.status = status;
  answer.person.reset();
  answer.citizen = answer.alive = false;
}

void World::states(const char* force) {
  answer.attestations.push_back({.kind = "residence",
                                 .late = false,
                                 .office = "001-X-0001",
                                 .force = force,
                                 .officer = "P-77",
                                 .evidence = "residence-file",
                                 .on = "2020-01-01",
                                 .statement_sha256 = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"});
}

void World::extracted(std::chrono::hours ago) {
  answer.extract = "2026-11-22-001";
  answer.case_id.clear();
  answer.at = sample::now() - ago;
}

void World::nobody_confirmed(const char* kind) {
  std::erase_if(answer.attestations, [&](const auto& stated) { return stated.kind == kind; });
}

void World::lacks_fingers(std::size_t how_many, const char* why) {
  application.fingers.resize(application.fingers.size() - how_many);
  application.fingers_missing = why;
}

void World::weigh(std::size_t bytes) {
  const base::Bytes end(application.portrait.end() - 2, application.portrait.end());
  application.portrait.resize(bytes - end.size(), 0);
  base::append(application.portrait, end);
}

namespace {

constexpr const char* kCase = "2026-000001";

std::vector<RuleCase> all_cases() {
  std::vector<RuleCase> all;
  for (const auto& cases : {identity_cases(), standing_cases(), reason_cases(), capture_cases(), attestation_cases()}) {
    all.insert(all.end(), cases.begin(), cases.end());
  }
  return all;
}

vetting::Result judge(World world, const vetting::RuleSet& rules) {
  world.answer.number = world.application.number;
  const auto number = document::CitizenNumber::parse(world.application.number);
  if (!number) return vetting::check_application(world.application, rules, world.today);
  if (world.answer.person) world.person().number = *number;
  auto opened = vetting::open_kept_answer(sample::registry().sign(world.answer), sample::registry().public_key(),
                                          world.application.number, kCase);
  auto vetted = vetting::vet(kCase, world.application, std::move(std::get<vetting::TrustedAnswer>(opened)), rules,
                             world.today, world.around);
  if (const auto* result = std::get_if<vetting::Result>(&vetted)) return *result;
  return std::get<vetting::CheckedCase>(vetted).result();
}

class EveryRule : public testing::TestWithParam<RuleCase> {};

TEST_P(EveryRule, SpeaksWhereItShouldAndNowhereElse) {
  World world;
  GetParam().change(world);
  const vetting::Result result = judge(world, vetting::RuleSet::shipped());
  const auto found = std::ranges::find_if(result.findings, [](const auto& f) { return f.code == GetParam().rule; });
  EXPECT_EQ(found != result.findings.end(), GetParam().speaks);
  if (found == result.findings.end()) return;
  if (const vetting::Rule* rule = vetting::RuleSet::shipped().rule(GetParam().rule)) {
    EXPECT_EQ(found->severity, rule->severity);
    EXPECT_EQ(found->evidence, rule->evidence);
  } else {
    EXPECT_EQ(found->severity, vetting::Severity::Hold);  // a shortfall of attestations
  }
  EXPECT_THAT(result.evidence, testing::IsSupersetOf(found->evidence));
  if (!world.answer.person) return;  // without a person nothing may pass, whatever rules there are: vet() ensures that
  // It is this rule that speaks: without it the finding is gone and the others stay.
  const vetting::Result without = judge(world, vetting::RuleSet::shipped().without(GetParam().rule));
  EXPECT_EQ(without.findings.size() + 1, result.findings.size());
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, testing::ValuesIn(all_cases()),
                         [](const auto& param) { return fmt::format("{}_{}", param.param.rule, param.param.name); });

TEST(RuleCasesTest, NoRuleIsShippedThatWasNotSeenSpeakingSilentAndAtItsEdge) {
  std::map<std::string, std::set<Kind>, std::less<>> seen;
  for (const RuleCase& rule_case : all_cases()) seen[std::string(rule_case.rule)].insert(rule_case.kind);
  for (const auto& rule : vetting::RuleSet::shipped().rules()) EXPECT_EQ(seen[rule.id].size(), 3U) << rule.id;
  const auto& attestations = vetting::RuleSet::shipped().attestations().all();
  for (const auto& rule : attestations) EXPECT_EQ(seen[rule.id].size(), 3U) << rule.id;
  EXPECT_EQ(seen.size(), vetting::RuleSet::shipped().rules().size() + attestations.size());
}

TEST(RuleCasesTest, SaysWhatWasLookedAtAndByWhichRules) {
  const vetting::Result result = judge(World(), vetting::RuleSet::shipped());
  EXPECT_TRUE(result.findings.empty());
  EXPECT_EQ(result.rule_set, vetting::RuleSet::shipped().version());
  EXPECT_EQ(result.answer_sha256.size(), 43U);
  EXPECT_THAT(result.evidence, testing::IsSupersetOf({"register.person", "register.cards", "claim.portrait", "clock"}));
}

TEST(RuleCasesTest, NamesTheCharacterOfABirthAndASexThatDiffer) {
  World world;
  world.application.birth = base::make_date(1990, 11, 1);  // 01/11/1990 for 01/01/1990
  world.application.sex = document::Sex::Female;
  const vetting::Result result = judge(world, vetting::RuleSet::shipped());
  ASSERT_EQ(result.findings.size(), 2U);
  EXPECT_EQ(result.findings[0].position, 4U);
  EXPECT_EQ(result.findings[1].position, 2U);
}

TEST(RuleCasesTest, CountsTheAgeOfAnExtractInDaysWhereTheHourIsNotKnown) {
  World world;
  world.extracted(std::chrono::hours(4 * 24));
  world.around.now.reset();
  EXPECT_THAT(judge(world, vetting::RuleSet::shipped()).codes(), testing::ElementsAre("EXTRACT_TOO_OLD"));
}

}  // namespace

}  // namespace rule_cases
