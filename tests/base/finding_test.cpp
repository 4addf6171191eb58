#include "pki/base/core/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(FindingsTest, OnlyAFailingOneFails) {
  base::Findings findings;
  EXPECT_TRUE(findings.empty());
  findings.note("A_NOTE", "here", "It was so.");
  findings.warn("A_WARNING", "here", "It may be so.");
  EXPECT_FALSE(findings.failed());
  EXPECT_THAT(findings.failing_codes(), IsEmpty());
  findings.fail("B_FAILS", "here", "It is not so.");
  EXPECT_TRUE(findings.failed());
  EXPECT_TRUE(findings.has("A_NOTE"));
  EXPECT_FALSE(findings.has("A"));
}

TEST(FindingsTest, CodesAreSortedAndUniqueAndTheListKeepsItsOrder) {
  base::Findings findings, more;
  findings.fail("C", "1", "x");
  more.fail("A", "2", "x");
  more.fail("C", "3", "x");
  findings.add(more);
  EXPECT_THAT(findings.failing_codes(), ElementsAre("A", "C"));
  ASSERT_EQ(findings.list().size(), 3U);
  EXPECT_EQ(findings.list()[1].where, "2");
}

TEST(FindingsTest, SeveritiesHaveTheNamesOfTheReport) {
  EXPECT_EQ(base::severity_name(base::Severity::Note), "note");
  EXPECT_EQ(base::severity_name(base::Severity::Warn), "warn");
  EXPECT_EQ(base::severity_name(base::Severity::Fail), "fail");
}

TEST(ErrorTest, SaysWhatWasDoneAndWhatWasSeen) {
  const base::Error error(base::Fault::PresentCardAgain, "reading EF.SOD", "the card left");
  EXPECT_STREQ(error.what(), "reading EF.SOD: the card left");
  EXPECT_EQ(error.fault(), base::Fault::PresentCardAgain);
  EXPECT_EQ(error.doing(), "reading EF.SOD");
  EXPECT_EQ(error.seen(), "the card left");
  EXPECT_EQ(base::fault_name(error.fault()), "PRESENT_CARD_AGAIN");
  EXPECT_EQ(base::fault_name(base::Fault::UsedWrongly), "USED_WRONGLY");
}

TEST(ErrorTest, AFalseStatementAboutOurCodeStopsTheProgram) {
  base::ensure(true, "nothing happens");
  EXPECT_DEATH(base::ensure(false, "two and two are four"), "finding_test.cpp.*two and two are four");
}

TEST(LogTest, OneLineAnEventWhateverTheValueHolds) {
  base::log::start("test", base::log::Level::Info);
  testing::internal::CaptureStderr();
  base::log::debug("not shown");
  base::log::warn("card refused",
                  {{"case", "2026-000001"}, {"why", "a \"quoted\"\nreason"}, {"empty", ""}, {"esc", "a\x1b[2J"}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_THAT(
      line,
      HasSubstr("test: card refused case=2026-000001 why=\"a \\\"quoted\\\" reason\" empty=\"\" esc=\"a [2J\"\n"));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

}  // namespace
