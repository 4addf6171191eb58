#include "issuance/vetting/application.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "issuance/vetting/rules.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "tests/base/folder.h"
#include "tests/issuance/sample.h"
#include "tests/support/pictures.h"
#include "tests/support/vectors.h"

namespace {

using nlohmann::json;

struct Malformed {
  const char* name;
  const char* json;   // the field's new value as JSON text; "" takes the field away
  const char* field;  // of the application
  const char* where;  // of the finding
  const char* says;   // part of the finding's text
};

class MalformedApplication : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedApplication, IsRefusedWithTheFieldsNameAndNotItsValue) {
  const Malformed& c = GetParam();
  json application = sample::application_json();
  if (*c.json == 0) {
    application.erase(c.field);
  } else {
    application[c.field] = json::parse(c.json);
  }
  const auto reading = vetting::parse_application(application.dump(), ".");
  EXPECT_FALSE(reading.application);
  ASSERT_EQ(reading.findings.list().size(), 1U);
  const base::Finding& finding = reading.findings.list()[0];
  EXPECT_EQ(finding.code, "APPLICATION_MALFORMED");
  EXPECT_EQ(finding.where, c.where);
  EXPECT_THAT(finding.text, testing::HasSubstr(c.says));
  EXPECT_THAT(finding.text, testing::Not(testing::HasSubstr("Nguy")));
}

constexpr Malformed kCases[] = {
    {"NumberMissing", "", "number", "number", "missing"},
    {"NumberANumber", "1090000000", "number", "number", "must be a text, is number"},
    {"NumberNull", "null", "number", "number", "must be a text, is null"},
    {"NumberEmpty", "\"\"", "number", "number", "1 to 32"},
    {"NumberWithSpaces", "\"001 090 000 000\"", "number", "number", "without spaces"},
    {"NumberInForeignDigits", "\"\\u0660\\u0660\"", "number", "number", "ASCII"},
    {"NumberTooLong", "\"000000000000000000000000000000000\"", "number", "number", "1 to 32"},
    {"NameMissing", "", "full_name", "full_name", "missing"},
    {"NameEmpty", "\"\"", "full_name", "full_name", "empty"},
    {"NameAList", "[\"A\"]", "full_name", "full_name", "must be a text, is array"},
    {"NameWithAPipe", "\"Nguyen|Van\"", "full_name", "full_name", "holds a character"},
    {"NameWithALineEnd", "\"Nguyen\\nVan\"", "full_name", "full_name", "holds a character"},
    {"NameWithABidiMark", "\"Nguyen\\u202eVan\"", "full_name", "full_name", "holds a character"},
    {"NameWithTwoSpaces", "\"Nguyen  Van\"", "full_name", "full_name", "two spaces"},
    {"NameWithASpaceInFront", "\" Nguyen\"", "full_name", "full_name", "begins or ends"},
    {"BirthMissing", "", "birth", "birth", "missing"},
    {"BirthInVietnameseForm", "\"01/01/1990\"", "birth", "birth", "YYYY-MM-DD"},
    {"BirthOnADayThatIsNone", "\"1990-02-30\"", "birth", "birth", "exists"},
    {"BirthWithATime", "\"1990-01-01T00:00:00Z\"", "birth", "birth", "YYYY-MM-DD"},
    {"SexMissing", "", "sex", "sex", "missing"},
    {"SexInEnglish", "\"male\"", "sex", "sex", "Nam"},
    {"ReasonMissing", "", "reason", "reason", "missing"},
    {"ReasonOfARevocation", "\"REV-NAT\"", "reason", "reason", "no reason"},
    {"ReasonInLowerCase", "\"new-14\"", "reason", "reason", "no reason"},
    {"MarksMissing", "", "marks", "marks", "missing"},
    {"MarksATruth", "true", "marks", "marks", "must be a text, is boolean"},
    {"PortraitANumber", "7", "portrait", "portrait", "must be FILE"},
    {"PortraitAFileThatIsNot", "\"no-such-file.jpg\"", "portrait", "portrait", "names no file"},
    {"PortraitAFolder", "\".\"", "portrait", "portrait", "names no file"},
    {"PortraitStandardInput", "\"-\"", "portrait", "portrait", "names no file"},
    {"PortraitWithMore", R"({"base64": "AA==", "type": "jpeg"})", "portrait", "portrait", "must be FILE"},
    {"PortraitOfAnotherKind", R"({"url": "x"})", "portrait", "portrait", "must be FILE"},
    {"PortraitBase64ANumber", R"({"base64": 1})", "portrait", "portrait", "must be FILE"},
    {"PortraitNotBase64", R"({"base64": "@@@@"})", "portrait", "portrait", "base64"},
    {"PortraitEmpty", R"({"base64": ""})", "portrait", "portrait", "base64"},
    {"PortraitInTheUrlAlphabet", R"({"base64": "_-8="})", "portrait", "portrait", "base64"},
    {"FingersNone", "[]", "fingers", "fingers", "left out"},
    {"FingersAText", "\"right.png\"", "fingers", "fingers", "must be a list"},
    {"FingersThree", R"([{}, {}, {}])", "fingers", "fingers", "one or two"},
    {"FingersWithMore", R"([{"position": "right_index", "image": "x", "quality": 80}])", "fingers", "fingers",
     "a finger must be"},
    {"FingersWithoutPosition", R"([{"image": "x"}])", "fingers", "fingers", "a finger must be"},
    {"FingersOfNoHand", R"([{"position": "unknown", "image": {"base64": "AA=="}}])", "fingers", "fingers", "position"},
    {"FingersAFileThatIsNot", R"([{"position": "right_index", "image": "none.png"}])", "fingers", "fingers",
     "names no file"},
    {"FingersNotBase64", R"([{"position": "right_index", "image": {"base64": "@"}}])", "fingers", "fingers", "base64"},
    {"FingersOneTwice",
     R"([{"position": "left_thumb", "image": {"base64": "AA=="}}, {"position": "left_thumb", "image": {"base64": "AQ=="}}])",
     "fingers", "fingers", "twice"},
    {"FingersMissingANumber", "7", "fingers_missing", "fingers_missing", "must be a text"},
    {"FingersMissingForAnotherReason", "\"forgotten\"", "fingers_missing", "fingers_missing", "one of"},
    {"FingersMissingAlthoughThereAreTwo", "\"amputated\"", "fingers_missing", "fingers_missing", "there are two"},
    {"FormMissing", "", "form", "form", "missing"},
    {"FormUnknown", "\"adult-2021\"", "form", "form", "no other form"},
    {"RepresentativeAText", "\"001060000000\"", "representative", "representative", "must be {"},
    {"RepresentativeWithoutRelation", R"({"number": "001060000000"})", "representative", "representative", "must be {"},
    {"RepresentativeWithMore", R"({"number": "1", "relation": "father", "name": "x"})", "representative",
     "representative", "must be {"},
    {"RepresentativeANumber", R"({"number": 1, "relation": "father"})", "representative", "representative",
     "must be {"},
    {"RepresentativeOfAnotherKind", R"({"number": "001060000000", "relation": "uncle"})", "representative",
     "representative", "father, mother, guardian"},
    {"RepresentativeWithoutNumber", R"({"number": "", "relation": "father"})", "representative", "representative",
     "1 to 32"},
    {"ContactANumber", "84912345678", "contact", "contact", "must be a text, is number"},
    {"ContactWithAControl", "\"a\\u0007\"", "contact", "contact", "holds a character"},
    {"FieldUnknown", "\"x\"", "nationality", "nationality", "no such field"},
    {"FieldUnknownWithAValueInItsName", "\"x\"", "Nguyễn Văn Mẫu", "?", "no such field"},
};
INSTANTIATE_TEST_SUITE_P(EveryField, MalformedApplication, testing::ValuesIn(kCases),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(ApplicationTest, ReadsAWellFormedApplication) {
  const auto reading = vetting::parse_application(sample::application_json().dump(), ".");
  ASSERT_TRUE(reading.application);
  EXPECT_EQ(reading.application->number, "001090000000");
  EXPECT_EQ(reading.application->full_name, "Nguyễn Văn Mẫu");
  EXPECT_EQ(reading.application->birth, base::make_date(1990, 1, 1));
  EXPECT_EQ(reading.application->portrait, vectors::load_binary("synth/face.jpg"));
}

TEST(ApplicationTest, ComposesADecomposedName) {
  json application = sample::application_json();
  application["full_name"] = "Nguye\u0302\u0303n Va\u0306n Ma\u0302\u0303u";
  const auto reading = vetting::parse_application(application.dump(), ".");
  ASSERT_TRUE(reading.application);
  EXPECT_EQ(reading.application->full_name, "Nguyễn Văn Mẫu");
  ASSERT_EQ(reading.findings.list().size(), 1U);
  EXPECT_EQ(reading.findings.list()[0].code, "APPLICATION_COMPOSED");
  EXPECT_EQ(reading.findings.list()[0].where, "full_name");
  EXPECT_EQ(reading.findings.list()[0].severity, base::Severity::Note);
}

TEST(ApplicationTest, KeepsWhoActsForAChild) {
  json application = sample::application_json();
  application["form"] = "child-2024";
  application["representative"] = {{"number", "001160000000"}, {"relation", "mother"}};
  const auto reading = vetting::parse_application(application.dump(), ".");
  ASSERT_TRUE(reading.application);
  EXPECT_EQ(reading.application->representative, (vetting::Representative{"001160000000", "mother"}));
  EXPECT_EQ(vetting::parse_kept_json(vetting::to_kept_json(*reading.application)), *reading.application);
}

TEST(ApplicationTest, ReadsAPortraitBesideTheApplication) {
  json application = sample::application_json();
  application["portrait"] = "synth/face.jpg";
  const auto reading = vetting::parse_application(application.dump(), vectors::path(""));
  ASSERT_TRUE(reading.application);
  EXPECT_EQ(reading.application->portrait, vectors::load_binary("synth/face.jpg"));
}

TEST(ApplicationTest, ReadsFingersBesideTheApplicationAndKeepsThemInTheOrderOfTheirPositions) {
  const test::Folder folder;
  const base::Bytes left = pictures::gray_png(200, 300);
  base::write_file(folder / "left.png", left, "writing a test file");
  json application = sample::application_json();
  const base::Bytes right = pictures::gray_png(210, 310);
  application["fingers"] = {{{"position", "left_index"}, {"image", "left.png"}},
                            {{"position", "right_thumb"}, {"image", sample::image(right)}}};
  const auto reading = vetting::parse_application(application.dump(), folder.path());
  ASSERT_TRUE(reading.application);
  EXPECT_EQ(reading.application->fingers,
            (std::vector<vetting::Finger>{{lds::Finger::RightThumb, right}, {lds::Finger::LeftIndex, left}}));
  EXPECT_EQ(vetting::parse_kept_json(vetting::to_kept_json(*reading.application)), *reading.application);
}

TEST(ApplicationTest, KeepsWhyThereAreFewerThanTwoFingers) {
  json application = sample::application_json();
  application["fingers"].erase(1);
  application["fingers_missing"] = "amputated";
  const auto one = vetting::parse_application(application.dump(), ".");
  ASSERT_TRUE(one.application);
  EXPECT_EQ(one.application->fingers.size(), 1U);
  application.erase("fingers");
  const auto none = vetting::parse_application(application.dump(), ".");
  ASSERT_TRUE(none.application);
  EXPECT_EQ(none.application->fingers_missing, "amputated");
  EXPECT_EQ(vetting::parse_kept_json(vetting::to_kept_json(*none.application)), *none.application);
}

TEST(ApplicationTest, LeavesOutWhatMayBeLeftOut) {
  json application = sample::application_json();
  application.erase("portrait");
  const auto reading = vetting::parse_application(application.dump(), ".");
  ASSERT_TRUE(reading.application);
  EXPECT_TRUE(reading.application->portrait.empty());
  EXPECT_EQ(reading.application->contact, "");
}

TEST(ApplicationTest, NamesEveryWrongFieldAtOnce) {
  json application = sample::application_json();
  application["birth"] = "yesterday";
  application["sex"] = 1;
  application.erase("form");
  std::set<std::string> fields;
  const auto reading = vetting::parse_application(application.dump(), ".");
  for (const auto& finding : reading.findings.list()) fields.insert(finding.where);
  EXPECT_EQ(fields, (std::set<std::string>{"birth", "sex", "form"}));
}

TEST(ApplicationTest, RefusesTextThatIsNoSingleJsonObject) {
  for (const char* text : {"", "{", "[]", "null", "\"x\"", "{} {}", "{\"number\": \"\xFF\"}", "{\"a\":1,}"}) {
    const auto reading = vetting::parse_application(text, ".");
    EXPECT_FALSE(reading.application) << text;
    EXPECT_TRUE(reading.findings.has("APPLICATION_MALFORMED")) << text;
  }
  EXPECT_FALSE(vetting::parse_application(std::string(100'000, '['), ".").application);
}

TEST(ApplicationTest, RefusesAFieldThatStandsTwice) {
  std::string text = sample::application_json().dump();
  text.insert(1, R"("number":"001090000001",)");
  const auto reading = vetting::parse_application(text, ".");
  EXPECT_FALSE(reading.application);
  EXPECT_THAT(reading.findings.list().at(0).text, testing::HasSubstr("twice"));
}

TEST(ApplicationTest, DoesNotRepeatANameThatStandsTwice) {
  const auto reading = vetting::parse_application(R"({"Nguyễn Văn A": 1, "Nguyễn Văn A": 2})", ".");
  EXPECT_FALSE(reading.application);
  EXPECT_THAT(reading.findings.list().at(0).text, testing::Not(testing::HasSubstr("Nguyễn")));
}

TEST(ApplicationTest, IsKeptAndReadBackUnchanged) {
  const vetting::Application application = sample::application();
  EXPECT_EQ(vetting::parse_kept_json(vetting::to_kept_json(application)), application);
}

TEST(ApplicationTest, TreatsAKeptApplicationThatSomebodyBrokeAsAnAttack) {
  try {
    vetting::parse_kept_json(R"({"number": 1})");
    FAIL() << "it was read";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
  }
}

TEST(ApplicationTest, ReadsNoPortraitFileThatSomebodyWroteIntoTheStore) {
  const test::Folder folder;
  base::write_file(folder / "other.jpg", sample::application().portrait, "writing a test file");
  json kept = json::parse(vetting::to_kept_json(sample::application()));
  kept["portrait"] = (folder / "other.jpg").string();
  try {
    vetting::parse_kept_json(kept.dump());
    FAIL() << "it was read";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::TreatAsAttack);
  }
}

TEST(ApplicationSchemaTest, HasExactlyTheFieldsAndReasonsOfTheParser) {
  const json schema = json::parse(base::read_text_file(
      std::filesystem::path(CCCD_SOURCE_DIR) / "docs/formats/application.schema.json", "reading the schema"));
  std::set<std::string> fields, required, reasons;
  for (const auto& field : vetting::kApplicationFields) {
    fields.emplace(field.name);
    if (field.required) required.emplace(field.name);
  }
  for (const auto& reason : vetting::RuleSet::shipped().reasons()) reasons.insert(reason.code);
  std::set<std::string> published;
  for (const auto& [name, value] : schema["properties"].items()) published.insert(name);
  EXPECT_EQ(published, fields);
  EXPECT_EQ(schema["required"].get<std::set<std::string>>(), required);
  EXPECT_EQ(schema["properties"]["reason"]["enum"].get<std::set<std::string>>(), reasons);
  std::set<std::string> missing(std::begin(vetting::kFingersMissing), std::end(vetting::kFingersMissing));
  EXPECT_EQ(schema["properties"]["fingers_missing"]["enum"].get<std::set<std::string>>(), missing);
  const json& finger = schema["properties"]["fingers"]["items"]["properties"];
  for (const auto& name : finger["position"]["enum"]) EXPECT_TRUE(lds::finger_named(name.get<std::string>()));
  EXPECT_EQ(finger["position"]["enum"].size(), 10U);
  EXPECT_EQ(schema["additionalProperties"], false);
}

}  // namespace
