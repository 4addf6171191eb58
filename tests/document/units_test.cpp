#include "smartcard/document/units.h"

#include <gtest/gtest.h>

#include <set>

#include "smartcard/document/citizen_number.h"

namespace {

using document::unit_name;

const base::Date kBefore = base::make_date(2025, 6, 30);
const base::Date kSince = base::make_date(2025, 7, 1);

TEST(UnitsTest, ACodeIsCalledByTheUnitOfTheDay) {
  EXPECT_EQ(unit_name("002", kBefore), "Hà Giang");
  EXPECT_EQ(unit_name("002", kSince), "Tuyên Quang");
  EXPECT_EQ(unit_name("074", kBefore), "Bình Dương");
  EXPECT_EQ(unit_name("074", base::make_date(2030, 1, 1)), "Hồ Chí Minh");
  EXPECT_EQ(unit_name("001", base::make_date(1990, 1, 1)), "Hà Nội");
  EXPECT_EQ(unit_name("001", kSince), "Hà Nội");
}

TEST(UnitsTest, ACodeOfNoProvinceHasNoName) {
  for (const char* const code : {"003", "100", "", "0011"}) EXPECT_FALSE(unit_name(code, kSince)) << code;
}

TEST(UnitsTest, KnowsEveryNameThatAProvinceHad) {
  for (const char* const name : {"Hà Giang", "Huế", "Thừa Thiên Huế", "Hà Nội"}) {
    EXPECT_TRUE(document::is_unit_name(name)) << name;
  }
  for (const char* const name : {"Lào", "", "ha noi"}) EXPECT_FALSE(document::is_unit_name(name)) << name;
}

TEST(UnitsTest, SixtyThreeUnitsBecameThirtyFour) {
  std::set<std::string_view> before, since;
  for (int code = 0; code < 1000; ++code) {
    const std::string digits = std::to_string(1000 + code).substr(1);
    const auto then = unit_name(digits, kBefore);
    EXPECT_EQ(then, document::province_name(digits)) << digits;
    if (then) before.insert(*then);
    if (const auto now = unit_name(digits, kSince)) since.insert(*now);
  }
  EXPECT_EQ(before.size(), 63U);
  EXPECT_EQ(since.size(), 34U);
}

}  // namespace
