#include "pki/base/core/clock.h"

#include <gtest/gtest.h>

#include "pki/base/core/months.h"

namespace {

using base::make_date;

TEST(DateTest, ReadsOnlyDaysThatExist) {
  EXPECT_EQ(base::parse_iso_date("2024-02-29"), make_date(2024, 2, 29));
  EXPECT_EQ(base::parse_iso_date("2000-02-29"), make_date(2000, 2, 29));
  for (const char* const bad :
       {"2023-02-29", "1900-02-29", "2024-02-30", "2024-13-01", "2024-00-10", "2024-01-00", "2024-1-01", "24-01-01",
        "2024/01/01", "2024-01-01 ", "", "2024-01-0x", "+024-01-01", "２０２４-01"}) {
    EXPECT_FALSE(base::parse_iso_date(bad)) << bad;
  }
}

TEST(DateTest, WritesTheFormsOfTheCard) {
  const base::Date day = make_date(1990, 1, 5);
  EXPECT_EQ(base::to_iso(day), "1990-01-05");
  EXPECT_EQ(base::to_vietnamese(day), "05/01/1990");
  EXPECT_EQ(base::to_compact(day), "05011990");
  EXPECT_EQ(base::parse_vietnamese_date("05/01/1990"), day);
  for (const char* const bad : {"5/1/1990", "31/04/2020", "05-01-1990", "05/01/90", "05/01/1990x"})
    EXPECT_FALSE(base::parse_vietnamese_date(bad)) << bad;
}

TEST(DateTest, ABirthdayOn29FebruaryIsKeptOn28InCommonYears) {
  const base::Date birth = make_date(2004, 2, 29);
  EXPECT_EQ(base::add_years(birth, 14), make_date(2018, 2, 28));
  EXPECT_EQ(base::add_years(birth, 16), make_date(2020, 2, 29));
  EXPECT_EQ(base::add_years(birth, 96), make_date(2100, 2, 28));
  EXPECT_EQ(base::age_at(birth, make_date(2018, 2, 27)), 13);
  EXPECT_EQ(base::age_at(birth, make_date(2018, 2, 28)), 14);
}

TEST(DateTest, AgeChangesOnTheBirthday) {
  const base::Date birth = make_date(1990, 6, 15);
  EXPECT_EQ(base::age_at(birth, make_date(2026, 6, 14)), 35);
  EXPECT_EQ(base::age_at(birth, make_date(2026, 6, 15)), 36);
  EXPECT_EQ(base::age_at(birth, birth), 0);
}

TEST(DateTest, ADayInVietNamBeginsAtSeventeenHoursUtc) {
  const auto day = std::chrono::sys_days{make_date(2026, 11, 23)};
  EXPECT_EQ(base::date_in_viet_nam(day + std::chrono::hours{17} - std::chrono::seconds{1}), make_date(2026, 11, 23));
  EXPECT_EQ(base::date_in_viet_nam(day + std::chrono::hours{17}), make_date(2026, 11, 24));
  EXPECT_EQ(base::FixedClock(day + std::chrono::hours{20}).today(), make_date(2026, 11, 24));
}

TEST(MomentTest, HasOneSpelling) {
  const auto moment = std::chrono::sys_days{make_date(2026, 11, 23)} + std::chrono::hours{13} +
                      std::chrono::minutes{48} + std::chrono::seconds{2};
  EXPECT_EQ(base::to_rfc3339(moment), "2026-11-23T13:48:02Z");
  EXPECT_EQ(base::parse_rfc3339("2026-11-23T13:48:02Z"), moment);
  for (const char* const bad :
       {"2026-11-23T13:48:02", "2026-11-23T13:48:02+00:00", "2026-11-23T13:48:02.0Z", "2026-11-23 13:48:02Z",
        "2026-11-23t13:48:02z", "2026-11-23T24:00:00Z", "2026-11-23T13:60:00Z", "2026-11-23T13:48:60Z",
        "2026-02-29T00:00:00Z", "", "2026-11-23T-1:48:02Z"}) {
    EXPECT_FALSE(base::parse_rfc3339(bad)) << bad;
  }
}

TEST(MomentTest, MonthsKeepTheDayWhereThereIsOne) {
  const auto at = [](const char* text) { return base::parse_rfc3339(text).value(); };
  EXPECT_EQ(base::add_months(at("2026-11-23T08:00:00Z"), 3), at("2027-02-23T08:00:00Z"));
  EXPECT_EQ(base::add_months(at("2026-11-30T23:59:59Z"), 3), at("2027-02-28T23:59:59Z"));
  EXPECT_EQ(base::add_months(at("2028-02-29T00:00:00Z"), 12), at("2029-02-28T00:00:00Z"));
  EXPECT_EQ(base::add_months(at("2026-03-31T00:00:00Z"), -1), at("2026-02-28T00:00:00Z"));
}

TEST(DateTest, ADateInTheCodeThatDoesNotExistStopsTheProgram) {
  EXPECT_DEATH(make_date(2023, 2, 29), "exists");
}

}  // namespace
