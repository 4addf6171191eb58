#include "issuance/vetting/vet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "issuance/vetting/predicates.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/sample.h"

namespace {

using document::RegisteredCard;
using document::RegistryAnswer;
using vetting::Application;
using vetting::Outcome;
using vetting::RuleSet;

constexpr const char* kCase = "2026-000001";

struct Situation {
  const char* name;
  std::function<void(Application&, RegistryAnswer&)> change;
  std::vector<std::string> codes;  // every finding, in the rules' order
  Outcome outcome;
};

RegisteredCard card(const char* status, const char* issued) {
  return {"00112233445566AA", status, issued};
}

void lose_person(RegistryAnswer& answer, const char* status) {
  answer.status = status;
  answer.person.reset();
  answer.citizen = answer.alive = false;
}

vetting::Result judge(const Situation& situation) {
  Application application = sample::application();
  RegistryAnswer answer = sample::answer(kCase);
  situation.change(application, answer);
  answer.number = application.number;
  const base::Date today = base::date_in_viet_nam(sample::now());
  auto vetted =
      vetting::vet(kCase, application, sample::trusted(answer, application.number), RuleSet::shipped(), today);
  if (const auto* result = std::get_if<vetting::Result>(&vetted)) return *result;
  return std::get<vetting::CheckedCase>(vetted).result();
}

class VettingRules : public testing::TestWithParam<Situation> {};

TEST_P(VettingRules, FindExactlyWhatIsWrong) {
  const vetting::Result result = judge(GetParam());
  std::vector<std::string> codes;
  for (const auto& finding : result.findings) codes.push_back(finding.code);
  EXPECT_EQ(codes, GetParam().codes);
  EXPECT_EQ(result.outcome(), GetParam().outcome);
  EXPECT_EQ(result.rule_set, RuleSet::shipped().version());
}

const Situation kSituations[] = {
    {"NothingWrong", [](Application&, RegistryAnswer&) {}, {}, Outcome::Passed},
    {"NotFound",
     [](Application&, RegistryAnswer& a) { lose_person(a, "not-found"); },
     {"PERSON_NOT_FOUND"},
     Outcome::Refused},
    {"Cancelled",
     [](Application&, RegistryAnswer& a) { lose_person(a, "cancelled"); },
     {"NUMBER_CANCELLED"},
     Outcome::Refused},
    {"Dead", [](Application&, RegistryAnswer& a) { a.alive = false; }, {"PERSON_DEAD"}, Outcome::Refused},
    {"Foreign", [](Application&, RegistryAnswer& a) { a.citizen = false; }, {"NOT_A_CITIZEN"}, Outcome::Refused},
    {"OtherName",
     [](Application& p, RegistryAnswer&) { p.full_name = "Nguyễn Văn Mấu"; },
     {"NAME_DIFFERS"},
     Outcome::Held},
    {"OtherBirth",
     [](Application& p, RegistryAnswer&) { p.birth = base::make_date(1990, 1, 2); },
     {"BIRTH_DIFFERS"},
     Outcome::Held},
    {"OtherSex",
     [](Application& p, RegistryAnswer&) { p.sex = document::Sex::Female; },
     {"SEX_DIFFERS"},
     Outcome::Held},
    {"NumberOfAnotherYear",
     [](Application& p, RegistryAnswer& a) { p.birth = a.person->birth = base::make_date(1991, 1, 1); },
     {"NUMBER_DISAGREES"},
     Outcome::Passed},
    {"LiveCardAndAFirstOne",
     [](Application&, RegistryAnswer& a) { a.cards = {card("active", "2021-05-05")}; },
     {"LIVE_CARD"},
     Outcome::Refused},
    {"LostCardAndAFirstOne",
     [](Application&, RegistryAnswer& a) { a.cards = {card("lost", "2021-05-05")}; },
     {},
     Outcome::Passed},
    {"ExchangeOfALiveCard",
     [](Application& p, RegistryAnswer& a) {
       p.reason = "EX-NAME";
       a.cards = {card("active", "2021-05-05")};
       a.events = {{"name-corrected", "2026-10-01"}};
     },
     {"OLD_CARD_TO_WITHDRAW"},
     Outcome::Passed},
    {"ExchangeOfNothing",
     [](Application& p, RegistryAnswer&) { p.reason = "EX-ERR"; },
     {"NO_CARD_TO_REPLACE"},
     Outcome::Refused},
    {"ExchangeOfALostCard",
     [](Application& p, RegistryAnswer& a) {
       p.reason = "EX-REQ";
       a.cards = {card("lost", "2021-05-05")};
     },
     {"OLD_CARD_LOST"},
     Outcome::Refused},
    {"ReissueOfALostCard",
     [](Application& p, RegistryAnswer& a) {
       p.reason = "RE-LOST";
       a.cards = {card("lost", "2021-05-05")};
     },
     {},
     Outcome::Passed},
    {"ReissueOfNothing",
     [](Application& p, RegistryAnswer&) { p.reason = "RE-DAMAGED"; },
     {"NO_CARD_TO_REPLACE"},
     Outcome::Refused},
    {"AnotherCaseIsOpen",
     [](Application&, RegistryAnswer& a) { a.open_case = "2026-000009"; },
     {"OPEN_CASE"},
     Outcome::Held},
    {"ThisCaseIsOpen", [](Application&, RegistryAnswer& a) { a.open_case = kCase; }, {}, Outcome::Passed},
    {"AdultAsAChild",
     [](Application& p, RegistryAnswer&) { p.reason = "NEW-U14"; },
     {"AGE_REASON_MISMATCH"},
     Outcome::Refused},
    {"ThirteenAsAnAdult",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001212000000";
       p.birth = a.person->birth = base::make_date(2012, 11, 24);
       a.person->number = *document::CitizenNumber::parse(p.number);
     },
     {"AGE_REASON_MISMATCH", "REPRESENTATIVE_MISSING"},
     Outcome::Refused},
    {"FourteenToday",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001212000000";
       p.birth = a.person->birth = base::make_date(2012, 11, 23);
       a.person->number = *document::CitizenNumber::parse(p.number);
     },
     {},
     Outcome::Passed},
    {"FiveYearsOld",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001220000000";
       p.reason = "NEW-U14";
       p.birth = a.person->birth = base::make_date(2020, 11, 24);
       a.person->number = *document::CitizenNumber::parse(p.number);
     },
     {"FORM_AGE_MISMATCH", "REPRESENTATIVE_MISSING", "FINGERS_AGE_MISMATCH"},
     Outcome::Refused},
    {"FiveYearsOldOnTheChildsForm",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001220000000";
       p.reason = "NEW-U14";
       p.birth = a.person->birth = base::make_date(2020, 11, 24);
       a.person->number = *document::CitizenNumber::parse(p.number);
       p.form = "child-2024";
       p.portrait.clear();
       p.fingers.clear();
       p.fingers_missing = "under-six";
       p.representative = {.number = "001190000001", .relation = "mother"};
     },
     {"FINGERS_NOT_TAKEN"},
     Outcome::Passed},
    {"BornTomorrow",
     [](Application& p, RegistryAnswer& a) { p.birth = a.person->birth = base::make_date(2026, 11, 24); },
     {"NUMBER_DISAGREES", "AGE_REASON_MISMATCH", "FORM_AGE_MISMATCH"},
     Outcome::Refused},
    // The card of 2016-01-02 was made at 26 and ends on the 40th birthday, 2030-01-01: due from 2028-01-01.
    {"MilestoneNotDue",
     [](Application& p, RegistryAnswer& a) {
       p.reason = "EX-AGE";
       a.cards = {card("active", "2016-01-02")};
     },
     {"OLD_CARD_TO_WITHDRAW", "AGE_REASON_MISMATCH"},
     Outcome::Refused},
    {"MilestoneDue",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001088000000";
       p.reason = "EX-AGE";
       p.birth = a.person->birth = base::make_date(1988, 11, 23);
       a.person->number = *document::CitizenNumber::parse(p.number);
       a.cards = {card("active", "2021-05-05")};  // ends 2028-11-23, due from today on
     },
     {"OLD_CARD_TO_WITHDRAW"},
     Outcome::Passed},
    {"MilestoneDueTomorrow",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001088000000";
       p.reason = "EX-AGE";
       p.birth = a.person->birth = base::make_date(1988, 11, 24);
       a.person->number = *document::CitizenNumber::parse(p.number);
       a.cards = {card("active", "2021-05-05")};
     },
     {"OLD_CARD_TO_WITHDRAW", "AGE_REASON_MISMATCH"},
     Outcome::Refused},
    {"MilestoneOfACardWithoutEnd",
     [](Application& p, RegistryAnswer& a) {
       p.number = "001050000000";
       p.reason = "EX-AGE";
       p.birth = a.person->birth = base::make_date(1950, 1, 1);
       a.person->number = *document::CitizenNumber::parse(p.number);
       a.cards = {card("active", "2021-05-05")};
     },
     {"OLD_CARD_TO_WITHDRAW", "AGE_REASON_MISMATCH"},
     Outcome::Refused},
    {"ProvinceUnknown",
     [](Application& p, RegistryAnswer& a) {
       p.number = "999090000000";
       a.person->number = *document::CitizenNumber::parse(p.number);
     },
     {"PROVINCE_UNKNOWN"},
     Outcome::Passed},
    {"NoPortrait", [](Application& p, RegistryAnswer&) { p.portrait.clear(); }, {"PORTRAIT_MISSING"}, Outcome::Held},
    {"PortraitIsNoJpeg",
     [](Application& p, RegistryAnswer&) { p.portrait = base::bytes_of("GIF89a"); },
     {"PORTRAIT_NOT_JPEG"},
     Outcome::Held},
    {"PortraitTooHeavy",
     [](Application& p, RegistryAnswer&) {
       const base::Bytes end(p.portrait.end() - 2, p.portrait.end());
       p.portrait.resize(31'000, 0);
       base::append(p.portrait, end);
     },
     {"PORTRAIT_SIZE"},
     Outcome::Held},
    {"RefusalBeatsHolding",
     [](Application& p, RegistryAnswer& a) {
       a.alive = false;
       p.full_name = "X";
     },
     {"PERSON_DEAD", "NAME_DIFFERS"},
     Outcome::Refused},
};
INSTANTIATE_TEST_SUITE_P(Situations, VettingRules, testing::ValuesIn(kSituations),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(VettingTest, DoesNotAskTheRegisterAboutANumberThatIsNone) {
  for (const char* number : {"00109000000", "0010900000000", "00109000000A", "1"}) {
    Application application = sample::application();
    application.number = number;
    const auto result = vetting::check_application(application, RuleSet::shipped(), base::make_date(2026, 11, 23));
    EXPECT_EQ(result.codes(), std::vector<std::string>{"NUMBER_MALFORMED"}) << number;
    EXPECT_EQ(result.outcome(), Outcome::Refused);
  }
}

TEST(VettingTest, SaysAtWhichCharacterTheNameDiffers) {
  const std::pair<const char*, std::size_t> names[] = {{"Nguyễn Văn Mấu", 13},
                                                       {"Nguyễn Văn Mẫ", 14},
                                                       {"Nguyễn Văn Mẫu A", 15},
                                                       {"Nguyên Văn Mẫu", 5},
                                                       {"nguyễn Văn Mẫu", 1}};
  for (const auto& [name, position] : names) {
    const Situation situation{
        "", [name = name](Application& p, RegistryAnswer&) { p.full_name = name; }, {}, Outcome::Held};
    const auto result = judge(situation);
    ASSERT_EQ(result.findings.size(), 1U) << name;
    EXPECT_EQ(result.findings[0].position, position) << name;
    const base::Findings shown = vetting::to_findings(result);
    EXPECT_THAT(shown.list()[0].where, testing::HasSubstr("character " + std::to_string(position)));
    EXPECT_THAT(shown.list()[0].text, testing::Not(testing::HasSubstr("Nguy")));
    EXPECT_EQ(shown.list()[0].severity, base::Severity::Fail);
  }
}

TEST(VettingTest, ACardFollowsTheRegisterAndNamesTheOneItReplaces) {
  EXPECT_EQ(sample::checked().replaces(), "");
  Application application = sample::application();
  application.reason = "EX-NAME";
  RegistryAnswer answer = sample::answer(kCase);
  answer.cards = {{"00000000000000AA", "lost", "2017-01-01"}, {"00000000000000BB", "active", "2021-01-01"}};
  auto vetted = vetting::vet(kCase, application, sample::trusted(answer, application.number), RuleSet::shipped(),
                             base::make_date(2026, 11, 23));
  ASSERT_TRUE(std::holds_alternative<vetting::CheckedCase>(vetted));
  EXPECT_EQ(std::get<vetting::CheckedCase>(vetted).replaces(), "00000000000000BB");
}

TEST(RuleSetTest, HasEveryPredicateOnceAndBothLanguages) {
  const auto& rules = RuleSet::shipped().rules();
  EXPECT_EQ(rules.size(), vetting::predicate_count());
  for (const auto& rule : rules) {
    EXPECT_NE(rule.vi, rule.en);
    EXPECT_FALSE(rule.legal.empty());
  }
}

TEST(RuleSetTest, DoesNotApplyARuleBeforeItsDay) {
  Application application = sample::application();
  application.portrait.clear();
  EXPECT_TRUE(
      vetting::check_application(application, RuleSet::shipped(), base::make_date(2024, 6, 30)).findings.empty());
  EXPECT_EQ(vetting::check_application(application, RuleSet::shipped(), base::make_date(2024, 7, 1)).codes(),
            std::vector<std::string>{"PORTRAIT_MISSING"});
}

TEST(RuleSetTest, RefusesDataThatCannotBeMeantAndNamesTheLine) {
  const std::string good =
      "version = \"1\"\nundetermined_nationality = [\"?\"]\nunits_reorganized = 2025-07-01\n"
      "[limits]\nportrait_least_width = 1\nportrait_least_height = 1\nportrait_most_pixels = 1\n"
      "portrait_most_bytes = 1\nfinger_least_side = 1\nfinger_most_side = 1\nfinger_most_bytes = 1\n"
      "dg13_longest_text = 1\nextract_most_hours = 1\n[[reason]]\ncode = \"A\"\n"
      "replaces = \"none\"\nold_card = \"withdraw\"\nlegal = \"l\"\nvi = \"v\"\nen = \"e\"\n"
      "[[closing]]\ncode = \"REV\"\nact = \"revoke\"\nlegal = \"l\"\nvi = \"v\"\nen = \"e\"\n"
      "[[rule]]\nid = \"OPEN_CASE\"\nseverity = \"hold\"\nneeds = \"answer\"\nfield = \"number\"\n"
      "evidence = [\"register.cases\"]\nlegal = \"l\"\nvi = \"v\"\nen = \"e\"\nsince = 2024-07-01\n"
      "until = 2030-01-01\nclosing = \"REV\"\n";
  EXPECT_EQ(RuleSet::parse(good, "x").rules().size(), 1U);
  const std::pair<std::string, std::string> changes[] = {{"hold", "holt"},
                                                         {"OPEN_CASE", "OPEN_CASES"},
                                                         {"needs = \"answer\"", "needs = \"luck\""},
                                                         {"since = 2024-07-01", "since = \"2024-07-01\""},
                                                         {"vi = \"v\"", "vi = \"\""},
                                                         {"field", "fields"},
                                                         {"\"none\"", "\"some\""},
                                                         {"portrait_least_width = 1", "portrait_least_width = -1"},
                                                         {"extract_most_hours = 1", "extract_most_hours = \"1\""},
                                                         {"version = \"1\"", "version = 1"},
                                                         {"\"withdraw\"", "\"burn\""},
                                                         {"\"revoke\"", "\"eat\""},
                                                         {"closing = \"REV\"", "closing = \"HOLD\""},
                                                         {"\"register.cases\"", "\"register.rumours\""},
                                                         {"\"register.cases\"", "\"claim.number\""},
                                                         {"[\"register.cases\"]", "[]"},
                                                         {"until = 2030-01-01", "until = 2024-06-30"},
                                                         {"[\"?\"]", "\"?\""},
                                                         {"[[rule]]", "[[rules]]"},
                                                         {"id = \"OPEN_CASE\"", "id = "}};
  for (const auto& [from, to] : changes) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    try {
      RuleSet::parse(bad, "rules-x.toml");
      ADD_FAILURE() << to << " was taken";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_THAT(error.what(), testing::ContainsRegex("rules-x.toml:[0-9]+: ")) << to;
    }
  }
}

TEST(TrustedAnswerTest, OpensWhatTheRegistrySignedForThisCase) {
  const auto& registry = sample::registry();
  const auto opened = vetting::open_answer(registry.sign(sample::answer(kCase)), registry.public_key(), "001090000000",
                                           kCase, sample::now());
  ASSERT_TRUE(std::holds_alternative<vetting::TrustedAnswer>(opened));
}

struct ForeignAnswer {
  const char* name;
  std::function<std::string()> jws;
  const char* code;
};

class ForeignAnswers : public testing::TestWithParam<ForeignAnswer> {};

TEST_P(ForeignAnswers, AreNotTrusted) {
  const auto opened =
      vetting::open_answer(GetParam().jws(), sample::registry().public_key(), "001090000000", kCase, sample::now());
  ASSERT_TRUE(std::holds_alternative<base::Findings>(opened));
  EXPECT_TRUE(std::get<base::Findings>(opened).has(GetParam().code));
}

const ForeignAnswer kForeign[] = {
    {"NoStatement", [] { return std::string("x"); }, "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"OtherKey",
     [] {
       base::SeededRandom random{99};
       return evidence::sign_statement("answer", document::to_json(sample::answer(kCase)),
                                       *keystore::generate(keystore::Curve::P256, random));
     },
     "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"OtherType",
     [] {
       return evidence::sign_statement("order", document::to_json(sample::answer(kCase)), *sample::registry().key);
     },
     "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"NotAnAnswer",
     [] {
       return evidence::sign_statement("answer", {{"number", "1"}}, *sample::registry().key);
     },
     "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"OtherCase", [] { return sample::registry().sign(sample::answer("2026-000002")); }, "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"OtherPurpose",
     [] {
       auto answer = sample::answer(kCase);
       answer.purpose = "control";
       return sample::registry().sign(answer);
     },
     "REGISTRY_ANSWER_NOT_TRUSTED"},
    {"Yesterdays",
     [] {
       auto answer = sample::answer(kCase);
       answer.at -= std::chrono::hours(24);
       return sample::registry().sign(answer);
     },
     "REGISTRY_ANSWER_STALE"},
    {"Tomorrows",
     [] {
       auto answer = sample::answer(kCase);
       answer.at += std::chrono::hours(24);
       return sample::registry().sign(answer);
     },
     "REGISTRY_ANSWER_STALE"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, ForeignAnswers, testing::ValuesIn(kForeign),
                         [](const auto& param) { return std::string(param.param.name); });

}  // namespace
