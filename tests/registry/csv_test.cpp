#include "issuance/registry/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<registry::CsvRecord> read(const std::string& text) {
  std::istringstream in(text);
  registry::CsvReader csv(in);
  std::vector<registry::CsvRecord> out;
  for (registry::CsvRecord record; csv.next(record);) out.push_back(record);
  return out;
}

TEST(CsvTest, ReadsFieldsAndLineEndsOfBothKinds) {
  const auto records = read("a,b,c\r\n1,,3\nĐặng,\"x\",\n");
  ASSERT_EQ(records.size(), 3U);
  EXPECT_THAT(records[0].fields, ElementsAre("a", "b", "c"));
  EXPECT_THAT(records[1].fields, ElementsAre("1", "", "3"));
  EXPECT_THAT(records[2].fields, ElementsAre("Đặng", "x", ""));
  EXPECT_EQ(records[2].line, 3U);
}

TEST(CsvTest, TheLastLineNeedsNoEnd) {
  EXPECT_THAT(read("a,b").at(0).fields, ElementsAre("a", "b"));
  EXPECT_THAT(read("a,").at(0).fields, ElementsAre("a", ""));
  EXPECT_EQ(read("a,b\n").size(), 1U);
  EXPECT_TRUE(read("").empty());
}

TEST(CsvTest, QuotesHoldCommasQuotesAndLineEnds) {
  const auto records = read("\"a,b\",\"say \"\"no\"\"\",\"two\nlines\",\"\"\nnext\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[0].fields, ElementsAre("a,b", "say \"no\"", "two\nlines", ""));
  EXPECT_EQ(records[1].line, 3U);
}

TEST(CsvTest, AByteOrderMarkIsSkipped) {
  EXPECT_THAT(read("\xEF\xBB\xBFnumber,sex\n").at(0).fields, ElementsAre("number", "sex"));
}

TEST(CsvTest, ReportsEachBrokenRuleAndGoesOnBehindIt) {
  for (const auto& [text, why] :
       {std::pair{"a\"b,c\n", "inside a field"}, std::pair{"\"a\"b,c\n", "follows the closing"},
        std::pair{"a\rb,c\n", "carriage return"}}) {
    const auto records = read(std::string(text) + "good,line\n");
    ASSERT_EQ(records.size(), 2U) << text;
    EXPECT_THAT(records[0].malformed, HasSubstr(why));
    EXPECT_TRUE(records[0].fields.empty());
    EXPECT_THAT(records[1].fields, ElementsAre("good", "line"));
    EXPECT_EQ(records[1].line, 2U);
  }
}

TEST(CsvTest, AnUnclosedQuoteEndsAtTheLimitOrTheEnd) {
  EXPECT_THAT(read("\"abc,def\n").at(0).malformed, HasSubstr("not closed"));
  const auto records = read("\"" + std::string(100'000, 'x') + "\ngood\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[0].malformed, HasSubstr("65,536"));
  EXPECT_THAT(records[1].fields, ElementsAre("good"));
}

TEST(CsvTest, AnEndlessLineIsRefusedAndSkipped) {
  const auto records = read(std::string(200'000, 'x') + "\ngood\n");
  ASSERT_EQ(records.size(), 2U);
  EXPECT_THAT(records[0].malformed, HasSubstr("65,536"));
  EXPECT_THAT(records[1].fields, ElementsAre("good"));
}

}  // namespace
