#include "smartcard/document/qr_text.h"

#include <gtest/gtest.h>

#include "pki/base/core/error.h"
#include "tests/support/vectors.h"

namespace document {
namespace {

Person adult() {
  return {.number = *CitizenNumber::parse("001090000000"),
          .full_name = "Nguyễn Văn Mẫu",
          .birth = base::make_date(1990, 1, 1),
          .residence = "Số 1 Phố Mẫu, Phường Mẫu, Quận Ba Đình, Hà Nội",
          .father = "Nguyễn Văn Cha",
          .mother = "Trần Thị Mẹ",
          .old_id = "012345678"};
}

// tests/vectors/cccd_qr.json: the form of 2024, rebuilt from published samples' shape.
TEST(QrTextTest, WritesTheForm2024AsSeenOnCards) {
  const std::string expected = vectors::load("cccd_qr.json")["vectors"]["qr2024_adult"]["text"];
  EXPECT_EQ(build_qr_text(adult(), base::make_date(2024, 10, 4)), expected);
}

TEST(QrTextTest, NamesTheParentsOfAChildOnly) {
  Person child = adult();
  child.birth = base::make_date(2015, 6, 1);
  const auto fields = parse_qr_text(build_qr_text(child, base::make_date(2026, 11, 23)));
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->father, "Nguyễn Văn Cha");
  EXPECT_EQ(fields->mother, "Trần Thị Mẹ");
  EXPECT_EQ(parse_qr_text(build_qr_text(adult(), base::make_date(2026, 11, 23)))->father, "");
}

TEST(QrTextTest, ReadsBothForms) {
  const auto file = vectors::load("cccd_qr.json");
  for (const auto& [name, vector] : file["vectors"].items()) {
    const auto fields = parse_qr_text(vector["text"].get<std::string>());
    ASSERT_TRUE(fields) << name;
    EXPECT_EQ(fields->number.size(), 12U) << name;
    EXPECT_EQ(fields->issue.size(), 8U) << name;
  }
}

TEST(QrTextTest, RefusesOtherNumbersOfFields) {
  for (const char* text : {"", "a|b", "1|2|3|4|5|6|7|8", "1|2|3|4|5|6|7|8|9|10|11|12"})
    EXPECT_FALSE(parse_qr_text(text)) << text;
}

TEST(QrTextTest, RefusesASeparatorInsideAField) {
  Person person = adult();
  person.residence = "Số 1|Phố Mẫu";
  EXPECT_THROW(build_qr_text(person, base::make_date(2026, 1, 1)), base::Error);
}

}  // namespace
}  // namespace document
