#include "pki/evidence/canonical.h"

#include <gtest/gtest.h>

#include <limits>

#include "pki/evidence/statement.h"
#include "tests/support/vectors.h"

namespace {

using nlohmann::json;

TEST(CanonicalTest, WritesAsTheStandardShows) {
  const json examples = vectors::load("evidence.json").at("canonical");
  for (const json& example : examples) {
    EXPECT_EQ(evidence::canonical(json::parse(example.at("input").get<std::string>())), example.at("output"))
        << example.at("source");
  }
}

TEST(CanonicalTest, SortsByUtf16UnitsWhereUtf8SortsOtherwise) {
  // U+FFFF comes after U+10000 in UTF-16 (surrogates) and before it in UTF-8.
  EXPECT_EQ(evidence::canonical({{"\uFFFF", 1}, {"\U00010000", 2}, {"\uD7FF", 3}, {"\uE000", 4}}),
            "{\"\uD7FF\":3,\"\U00010000\":2,\"\uE000\":4,\"\uFFFF\":1}");
  EXPECT_EQ(evidence::canonical({{"ab", 1}, {"a", 2}, {"", 3}, {"A", 4}}), R"({"":3,"A":4,"a":2,"ab":1})");
}

TEST(CanonicalTest, EscapesOnlyWhatMustBeEscaped) {
  EXPECT_EQ(evidence::canonical(std::string("\x00\x1f\b\t\n\f\r\"\\/\x7f Đặng", 19)),
            "\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f Đặng\"");
}

TEST(CanonicalTest, TakesIntegersThatEveryReaderKeeps) {
  EXPECT_EQ(evidence::canonical({0, -1, 9007199254740991, -9007199254740991}),
            "[0,-1,9007199254740991,-9007199254740991]");
  EXPECT_FALSE(evidence::try_canonical(9007199254740992));
  EXPECT_FALSE(evidence::try_canonical(-9007199254740992));
  EXPECT_FALSE(evidence::try_canonical(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_FALSE(evidence::try_canonical(std::numeric_limits<std::int64_t>::min()));
  EXPECT_FALSE(evidence::try_canonical(1.0));
  EXPECT_FALSE(evidence::try_canonical({{"a", {1, 2.5}}}));
}

TEST(CanonicalTest, RefusesTextThatIsNotUtf8) {
  EXPECT_FALSE(evidence::try_canonical("\xC0\xAF"));
  EXPECT_FALSE(evidence::try_canonical({{"\xED\xA0\x80", 1}}));
}

TEST(CanonicalTest, ReadsBackOnlyItsOwnSpelling) {
  EXPECT_TRUE(evidence::parse_canonical(R"({"a":1,"b":[true,null]})"));
  for (const char* const other :
       {R"({"b":1,"a":2})", R"({"a": 1})", R"({"a":1,"a":1})", R"({"a":1.0})", R"({"a":1e0})", R"({"a":-0})",
        R"({"a":"\u0041"})", R"({"a":"\/"})", R"({"a":1} )", R"({"a":01})", R"({"a":1)", "", "nul", "\xEF\xBB\xBF{}",
        R"({"a":12345678901234567890})", R"({"a":9007199254740992})", R"({"a":"\ud800"})", "{\"a\":\"\xFF\"}"}) {
    EXPECT_FALSE(evidence::parse_canonical(other)) << other;
  }
}

TEST(CanonicalTest, DeepNestingCostsNothing) {
  EXPECT_FALSE(evidence::parse_canonical(std::string(1'000'000, '[')));
  const std::string deepest = std::string(32, '[') + std::string(32, ']');
  EXPECT_TRUE(evidence::parse_canonical(deepest));
  EXPECT_FALSE(evidence::parse_canonical("[" + deepest + "]"));
  EXPECT_TRUE(evidence::parse_canonical(R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[["])"));
}

}  // namespace
