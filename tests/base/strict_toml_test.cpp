#include "pki/base/toml/strict_toml.h"

#include <gtest/gtest.h>

#include <array>

#include "pki/base/core/error.h"

namespace {

using strict_toml::Table;

// The message of the refusal; "" when nothing was refused.
template <class Use>
std::string refusal(std::string_view text, const Use& use) {
  try {
    strict_toml::read(text, "some.toml", "reading something", [&](const Table& file) {
      use(file);
      return 0;
    });
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    EXPECT_EQ(error.doing(), "reading something");
    return error.seen();
  }
  return {};
}

TEST(StrictToml, GivesEachValueInItsType) {
  constexpr std::string_view kText =
      "name = 'a'\nlist = ['x', 'y']\ncount = 3\nages = [14, 25]\nshare = 1\nyes = true\nday = 2024-07-01\n"
      "at = 2024-07-01T09:00:00+07:00\nkind = 'two'\n[inner]\nkey = 'v'\n[[step]]\nid = 1\n[[step]]\nid = 2\n";
  constexpr std::array<std::pair<std::string_view, int>, 2> kKinds{{{"one", 1}, {"two", 2}}};
  const std::string seen = refusal(kText, [&](const Table& file) {
    EXPECT_EQ(file.text("name"), "a");
    EXPECT_EQ(file.texts("list"), (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(file.number("count", 1), 3);
    EXPECT_EQ(file.numbers("ages", 1, 150), (std::vector<std::int64_t>{14, 25}));
    EXPECT_EQ(file.decimal("share", 0.5, 2), 1.0);
    EXPECT_TRUE(file.flag("yes"));
    EXPECT_FALSE(file.flag("no"));
    EXPECT_EQ(file.day("day"), base::make_date(2024, 7, 1));
    EXPECT_EQ(base::to_rfc3339(file.moment("at")), "2024-07-01T02:00:00Z");
    EXPECT_EQ(file.word<int>("kind", kKinds), 2);
    EXPECT_EQ(file.table("inner").text("key"), "v");
    EXPECT_EQ(file.tables("step").at(1).number("id", 0), 2);
    EXPECT_EQ(file.tables("nothing").size(), 0U);
    EXPECT_EQ(file.maybe_text("absent"), std::nullopt);
    EXPECT_EQ(file.tables("step").at(0).number("id", 0), 1);
  });
  EXPECT_EQ(seen, "");
}

TEST(StrictToml, RefusesAKeyNobodyAskedForWithItsLine) {
  EXPECT_EQ(refusal("a = 1\nb = 2\n", [](const Table& file) { file.number("a", 0); }),
            "some.toml:2: b is unknown here");
  EXPECT_EQ(refusal("[[step]]\nid = 1\n[[step]]\nid = 2\ntypo = 3\n",
                    [](const Table& file) {
                      for (const Table& step : file.tables("step")) step.number("id", 0);
                    }),
            "some.toml:5: step[2].typo is unknown here");
  EXPECT_EQ(refusal("[left_over]\n", [](const Table&) {}), "some.toml:1: left_over is unknown here");
}

TEST(StrictToml, NamesTheLineOfAValueOfTheWrongKind) {
  EXPECT_EQ(refusal("\na = 'x'\n", [](const Table& file) { file.number("a", 0); }),
            "some.toml:2: a must be a whole number from 0 on");
  EXPECT_EQ(refusal("a = 200\n", [](const Table& file) { file.number("a", 0, 150); }),
            "some.toml:1: a must be a whole number from 0 to 150");
  EXPECT_EQ(refusal("a = ''\n", [](const Table& file) { file.text("a"); }),
            "some.toml:1: a must be a text that is not empty");
  EXPECT_EQ(refusal("a = [\n'x',\n3]\n", [](const Table& file) { file.texts("a"); }),
            "some.toml:3: a must be a list of texts that are not empty");
  EXPECT_EQ(refusal("a = 2024-07-01T09:00:00\n", [](const Table& file) { file.moment("a"); }),
            "some.toml:1: a must be a moment with its offset, 2024-07-01T09:00:00+07:00");
  EXPECT_EQ(refusal("[a]\n", [](const Table& file) { file.tables("a"); }), "some.toml:1: write entries as [[a]]");
  EXPECT_EQ(refusal("a = nan\n", [](const Table& file) { file.decimal("a", 0, 1); }),
            "some.toml:1: a must be a number from 0 to 1");
}

TEST(StrictToml, NamesTheTableInWhichAKeyIsMissing) {
  EXPECT_EQ(refusal("\n[inner]\nx = 1\n", [](const Table& file) { file.table("inner").text("y"); }),
            "some.toml:2: inner.y is missing");
  EXPECT_EQ(refusal("", [](const Table& file) { file.text("y"); }), "some.toml:1: y is missing");
}

TEST(StrictToml, RefusesWhatIsNoToml) {
  EXPECT_EQ(refusal("a = 1\na = 2\n", [](const Table& file) { file.number("a", 0); }).substr(0, 12), "some.toml:2:");
}

}  // namespace
