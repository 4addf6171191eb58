#include "smartcard/document/citizen_number.h"

#include <gtest/gtest.h>

namespace document {
namespace {

TEST(CitizenNumberTest, SaysSexAndBirthYearAsTheDecreeTables) {
  // NĐ 137/2015 Đ13: digit, century, sex.
  const std::tuple<const char*, int, Sex> rows[] = {
      {"001090000000", 1990, Sex::Male},   {"001190000000", 1990, Sex::Female}, {"079203000000", 2003, Sex::Male},
      {"079303000000", 2003, Sex::Female}, {"048405000000", 2105, Sex::Male},   {"048799000000", 2299, Sex::Female},
      {"048900000000", 2300, Sex::Female}};
  for (const auto& [text, year, sex] : rows) {
    const auto number = CitizenNumber::parse(text);
    ASSERT_TRUE(number) << text;
    EXPECT_EQ(number->birth_year(), year) << text;
    EXPECT_EQ(number->sex(), sex) << text;
  }
}

TEST(CitizenNumberTest, RefusesAnythingButTwelveAsciiDigits) {
  for (const char* text :
       {"", "00109000000", "0010900000000", "00109000000A", " 01090000000", "００１０９０００００００"}) {
    EXPECT_FALSE(CitizenNumber::parse(text)) << text;
  }
}

TEST(CitizenNumberTest, KeepsNumbersOfUnknownProvinces) {
  EXPECT_TRUE(CitizenNumber::parse("101090000000"));
  EXPECT_FALSE(province_name("101"));
  EXPECT_FALSE(province_name("003"));
}

TEST(CitizenNumberTest, NamesSixtyThreeProvinces) {
  int known = 0;
  for (int code = 0; code < 1000; ++code) {
    const std::string text = std::string(code < 10 ? "00" : code < 100 ? "0" : "") + std::to_string(code);
    if (province_name(text)) ++known;
  }
  EXPECT_EQ(known, 63);
  EXPECT_EQ(province_name("079"), "Hồ Chí Minh");
}

TEST(CitizenNumberTest, GivesDocumentAndCardAccessNumber) {
  const auto number = CitizenNumber::parse("079303123456");
  EXPECT_EQ(number->document_number(), "303123456");
  EXPECT_EQ(number->card_access_number(), "123456");
}

}  // namespace
}  // namespace document
