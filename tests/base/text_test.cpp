#include "pki/base/text/text.h"

#include <gtest/gtest.h>

#include "pki/base/core/error.h"

namespace {

TEST(TextTest, KnowsWellFormedUtf8) {
  for (const char* const good : {"", "a", "Đặng Thị Thử", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBD"})
    EXPECT_TRUE(text::is_valid_utf8(good)) << good;
  EXPECT_TRUE(text::is_valid_utf8({}));
  EXPECT_TRUE(text::is_valid_utf8(std::string_view("\0x", 2)));
  for (const char* const bad :
       {"\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xC3", "a\x80"})
    EXPECT_FALSE(text::is_valid_utf8(bad));
}

TEST(TextTest, ComposesWhatIsDecomposed) {
  EXPECT_TRUE(text::is_nfc("Nguyễn Ưu Ẵng"));
  const std::string decomposed = "Nguye\u0302\u0303n";
  EXPECT_FALSE(text::is_nfc(decomposed));
  EXPECT_EQ(text::to_nfc(decomposed), "Nguyễn");
  EXPECT_EQ(text::to_nfc("U\u031Bo\u031B\u0301"), "Ướ");
  EXPECT_EQ(text::to_nfc("a\u0323\u0306"), "ặ");  // marks in either order
  EXPECT_EQ(text::to_nfc("a\u0306\u0323"), "ặ");
  EXPECT_FALSE(text::is_nfc("\xFF"));
  EXPECT_THROW(text::to_nfc("\xFF"), base::Error);
}

TEST(TextTest, FoldsForSearch) {
  EXPECT_EQ(text::fold("Đặng  Thị THỬ"), "dang thi thu");
  EXPECT_EQ(text::fold("  NGUYỄN\tVăn \u00A0 Ưởng "), "nguyen van uong");
  EXPECT_EQ(text::fold("Nguye\u0302\u0303n"), text::fold("nguyễn"));
  EXPECT_EQ(text::fold(""), "");
  EXPECT_EQ(text::fold("   "), "");
}

TEST(TextTest, EveryVietnameseLetterHasAnAsciiOne) {
  EXPECT_EQ(text::to_upper_ascii("àáảãạăằắẳẵặâầấẩẫậ"), std::string(17, 'A'));
  EXPECT_EQ(text::to_upper_ascii("èéẻẽẹêềếểễệ"), std::string(11, 'E'));
  EXPECT_EQ(text::to_upper_ascii("ìíỉĩị"), std::string(5, 'I'));
  EXPECT_EQ(text::to_upper_ascii("òóỏõọôồốổỗộơờớởỡợ"), std::string(17, 'O'));
  EXPECT_EQ(text::to_upper_ascii("ùúủũụưừứửữự"), std::string(11, 'U'));
  EXPECT_EQ(text::to_upper_ascii("ỳýỷỹỵ"), std::string(5, 'Y'));
  EXPECT_EQ(text::to_upper_ascii("đĐ"), "DD");
  EXPECT_EQ(text::to_upper_ascii("ẰẤỆỘỚỮỴ"), "AAEOOUY");
  EXPECT_EQ(text::to_upper_ascii("H' Hen Niê-Mlô"), "H' HEN NIE-MLO");
  EXPECT_EQ(text::to_upper_ascii("中"), "中");  // no Latin letter: kept for the caller to judge
}

TEST(TextTest, UpperCaseKeepsTheMarks) {
  EXPECT_EQ(text::to_upper("Nguyễn Đức ưỡn"), "NGUYỄN ĐỨC ƯỠN");
}

TEST(TextTest, APlainLineHoldsWhatNamesAndAddressesHold) {
  for (const char* const good : {"Nguyễn Văn Mẫu", "Số 1/2, ngõ 3 (cũ); Đà Nẵng: K' Brểu - H'", ""})
    EXPECT_TRUE(text::is_plain_line(good)) << good;
  for (const char* const bad : {"a|b", "a\nb", "a\rb", "a\tb", "a\u202Eb", "a\u200Bb", "a\u00A0b", "a\x01", "a<b",
                                "\"a\"", "a\\b", "\xFF", "a\u2028b", "\uFEFFa"}) {
    EXPECT_FALSE(text::is_plain_line(bad)) << bad;
  }
}

TEST(TextTest, AScreenShowsWhatIsNoTextAsReplacementCharacters) {
  EXPECT_EQ(text::to_display("Nguyễn Đức <b>"), "Nguyễn Đức <b>");
  EXPECT_EQ(text::to_display("a\xFFz"), "a\uFFFDz");
  EXPECT_EQ(text::to_display("a\xC3"), "a\uFFFD");
  EXPECT_EQ(text::to_display(std::string_view("a\0b\x1B[2J\x7F", 8)), "a\uFFFDb\uFFFD[2J\uFFFD");
  for (const char* const hidden : {"\u0085", "\u200B", "\u200F", "\u202E", "\u2028", "\u2066", "\uFEFF"}) {
    EXPECT_EQ(text::to_display(std::string("a") + hidden + "b"), "a\uFFFDb") << hidden;
  }
}

TEST(TextTest, KnowsTheCountriesOfIso3166) {
  for (const char* const code : {"VNM", "GBR", "DEU", "USA", "TLS"}) EXPECT_TRUE(text::is_country_code(code)) << code;
  for (const char* const code : {"", "VN", "QQQ", "vnm", "D", "UTO", "VNMX"}) {
    EXPECT_FALSE(text::is_country_code(code)) << code;
  }
}

}  // namespace
