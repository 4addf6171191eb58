#include "smartcard/document/validity.h"

#include <gtest/gtest.h>

namespace document {
namespace {

using base::make_date;

TEST(CardValidityTest, RunsToTheBirthdayOfTheNextMilestone) {
  const auto birth = make_date(1990, 5, 17);
  EXPECT_EQ(card_expiry(birth, make_date(1995, 1, 1)), make_date(2004, 5, 17));
  EXPECT_EQ(card_expiry(birth, make_date(2004, 5, 17)), make_date(2015, 5, 17));
  EXPECT_EQ(card_expiry(birth, make_date(2026, 11, 23)), make_date(2030, 5, 17));
}

TEST(CardValidityTest, SkipsAMilestoneLessThanTwoYearsAway) {
  const auto birth = make_date(1990, 5, 17);
  EXPECT_EQ(card_expiry(birth, make_date(2013, 5, 16)), make_date(2015, 5, 17));
  EXPECT_EQ(card_expiry(birth, make_date(2013, 5, 17)), make_date(2030, 5, 17));
  EXPECT_EQ(card_expiry(birth, make_date(2028, 5, 16)), make_date(2030, 5, 17));
  EXPECT_EQ(card_expiry(birth, make_date(2028, 5, 17)), make_date(2050, 5, 17));
}

TEST(CardValidityTest, HasNoEndFromFiftyEightOn) {
  const auto birth = make_date(1968, 11, 24);
  EXPECT_EQ(card_expiry(birth, make_date(2026, 11, 23)), make_date(2028, 11, 24));
  EXPECT_EQ(card_expiry(birth, make_date(2026, 11, 24)), std::nullopt);
  EXPECT_EQ(card_expiry(birth, make_date(2060, 1, 1)), std::nullopt);
}

TEST(CardValidityTest, EndsOnTheTwentyEighthForALeapDayInACommonYear) {
  EXPECT_EQ(card_expiry(make_date(2000, 2, 29), make_date(2020, 1, 1)), make_date(2025, 2, 28));
}

TEST(CardValidityTest, RunsTwentyTwoYearsAtMost) {
  EXPECT_EQ(longest_card_validity_years(), 22);
  const auto birth = make_date(1980, 1, 1);
  int longest = 0;
  for (int age = 0; age < 58; ++age) {
    const auto issue = base::add_years(birth, age);
    const auto expiry = card_expiry(birth, issue);
    ASSERT_TRUE(expiry);
    longest = std::max(longest, static_cast<int>(expiry->year()) - static_cast<int>(issue.year()));
  }
  EXPECT_EQ(longest, longest_card_validity_years());
}

}  // namespace
}  // namespace document
