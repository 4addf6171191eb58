#include "smartcard/document/mrz.h"

#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "tests/support/vectors.h"

namespace document {
namespace {

// ICAO Doc 9303-3 §4.9 and App. A: check digits of the standard's own examples.
TEST(MrzTest, ComputesTheStandardsCheckDigits) {
  const auto file = vectors::load("mrz.json");
  for (const auto& row : file["check_digit_primitives"]) {
    const auto digit = check_digit(row["input"].get<std::string>());
    ASSERT_TRUE(digit);
    EXPECT_EQ(std::string(1, *digit),
              row["check_digit"].is_string() ? row["check_digit"].get<std::string>() : row["check_digit"].dump());
  }
}

TEST(MrzTest, BuildsTheCardsMrzAsPublishedSamplesShow) {
  const struct {
    const char* birth;
    Sex sex;
    const char* expiry;
  } facts[] = {{"1990-01-01", Sex::Male, "2030-01-01"},
               {"2003-05-17", Sex::Female, "2028-05-17"},
               {"1950-06-19", Sex::Male, nullptr}};
  const auto file = vectors::load("cccd_mrz.json");
  ASSERT_EQ(file["vectors"].size(), std::size(facts));
  for (std::size_t i = 0; i < std::size(facts); ++i) {
    const auto& vector = file["vectors"][i];
    const auto number = CitizenNumber::parse(vector["pin"].get<std::string>());
    ASSERT_TRUE(number);
    const Mrz mrz = build_mrz(*number, vector["name"].get<std::string>(), *base::parse_iso_date(facts[i].birth),
                              facts[i].sex, facts[i].expiry ? base::parse_iso_date(facts[i].expiry) : std::nullopt);
    EXPECT_EQ(mrz.lines[0], vector["line1"]);
    EXPECT_EQ(mrz.lines[1], vector["line2"]);
    EXPECT_EQ(mrz.lines[2], vector["line3"]);
    const auto reading = parse_mrz(mrz.file_text());
    ASSERT_TRUE(reading.fields);
    EXPECT_TRUE(reading.findings.empty());
    EXPECT_EQ(reading.fields->bac_information, vector["bac_mrz_information"]);
    EXPECT_EQ(reading.fields->citizen_number, vector["pin"]);
  }
}

// ICAO Doc 9303-5 App. B: the standard's TD1 specimen.
TEST(MrzTest, ReadsTheStandardsSpecimen) {
  const auto file = vectors::load("mrz.json");
  for (const auto& vector : file["cases"]) {
    if (vector["format"] != "TD1") continue;
    std::string all;
    for (const auto& line : vector["lines"]) all += line.get<std::string>() + "\n";
    const auto reading = parse_mrz(all);
    ASSERT_TRUE(reading.fields) << vector["name"];
    EXPECT_TRUE(reading.findings.empty()) << vector["name"];
    EXPECT_EQ(reading.fields->bac_information, vector["mrz_information"]) << vector["name"];
    EXPECT_EQ(reading.fields->nationality, vector["nationality"]) << vector["name"];
    EXPECT_EQ(reading.fields->birth, vector["dob"]) << vector["name"];
    EXPECT_EQ(reading.fields->expiry, vector["doe"]) << vector["name"];
  }
}

TEST(MrzTest, NamesTheFieldWhoseCheckDigitIsWrong) {
  const std::string good = "IDVNM0900000007001090000000<<89001011M3001019VNM<<<<<<<<<<<4NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<";
  const std::pair<std::size_t, const char*> places[] = {
      {14, "MRZ document number"}, {36, "MRZ date of birth"}, {44, "MRZ date of expiry"}, {59, "MRZ composite"}};
  for (const auto& [at, where] : places) {
    std::string bad = good;
    bad[at] = bad[at] == '9' ? '0' : static_cast<char>(bad[at] + 1);
    const auto reading = parse_mrz(bad);
    ASSERT_TRUE(reading.fields);
    bool named = false;
    for (const auto& finding : reading.findings.list())
      named |= finding.code == "MRZ_CHECK_DIGIT" && finding.where == where;
    EXPECT_TRUE(named) << where;
  }
}

TEST(MrzTest, RefusesOtherLengthsAndCharacters) {
  EXPECT_TRUE(parse_mrz("").findings.has("MRZ_LENGTH"));
  EXPECT_TRUE(parse_mrz(std::string(89, '<')).findings.has("MRZ_LENGTH"));
  EXPECT_TRUE(parse_mrz(std::string(89, '<') + "a").findings.has("MRZ_CHARACTER"));
  EXPECT_TRUE(parse_mrz(std::string(89, '<') + "\x80").findings.has("MRZ_CHARACTER"));
}

TEST(MrzTest, SpellsVietnameseNames) {
  EXPECT_EQ(mrz_name("Đặng Thị Thử Nghiệm"), "DANG<<THI<THU<NGHIEM<<<<<<<<<<");
  EXPECT_EQ(mrz_name("H'Hen Niê"), "HHEN<<NIE<<<<<<<<<<<<<<<<<<<<<");
  EXPECT_EQ(mrz_name("Lê-Trần Mẫu"), "LE<TRAN<<MAU<<<<<<<<<<<<<<<<<<");
  EXPECT_EQ(mrz_name("Sương"), "SUONG<<<<<<<<<<<<<<<<<<<<<<<<<");
}

// 9303-3 §4.6.4: a name that does not fit is shortened from its end and keeps its primary identifier.
TEST(MrzTest, ShortensALongNameFromItsEnd) {
  const std::string name = mrz_name("Nguyễn Phước Quang Hoàng Thiên Hương");
  EXPECT_EQ(name.size(), 30U);
  EXPECT_TRUE(name.starts_with("NGUYEN<<PHUOC<"));
  EXPECT_NE(name.back(), '<');
}

TEST(MrzTest, RefusesANameWithoutLatinLetters) {
  EXPECT_THROW(mrz_name("漢字"), base::Error);
  EXPECT_THROW(mrz_name("  "), base::Error);
}

}  // namespace
}  // namespace document
