// Every line of a layout file is judged when it is read: the shipped file with one thing changed, and the message.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "printer/artwork/artwork.h"
#include "printer/artwork/design.h"
#include "tests/printer/tool.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string shipped() {
  return base::read_text_file(std::string(CCCD_SOURCE_DIR) + "/printer/artwork/layouts/adult-2024.toml",
                              "reading the shipped layout");
}

struct Changed {
  std::string toml;
  long line;  // of the change
};

// The first `from` after `after` becomes `to`.
Changed change(const std::string& after, const std::string& from, const std::string& to) {
  std::string toml = shipped();
  const auto start = toml.find(after);
  base::ensure(start != std::string::npos, after);
  const auto at = toml.find(from, start);
  base::ensure(at != std::string::npos, from);
  toml.replace(at, from.size(), to);
  return {toml, 1 + std::count(toml.begin(), toml.begin() + static_cast<std::ptrdiff_t>(at), '\n')};
}

std::string refusal_of(const std::string& toml) {
  const ScratchFolder folder;
  base::write_text_file(folder.file("mine.toml"), toml, "writing a layout");
  try {
    artwork::Layout::load(folder.file("mine.toml"));
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return {};
}

struct BadLine {
  const char* after;
  const char* from;
  const char* to;
  const char* message;
};

class BadLines : public testing::TestWithParam<BadLine> {};

TEST_P(BadLines, IsRefusedWithItsLine) {
  const BadLine& bad = GetParam();
  const Changed changed = change(bad.after, bad.from, bad.to);
  EXPECT_THAT(refusal_of(changed.toml),
              AllOf(HasSubstr(fmt::format("mine.toml:{}: ", changed.line)), HasSubstr(bad.message)));
}

constexpr const char* kMrz = "kind = \"mrz\"";
constexpr const char* kName = "field = \"full_name\"";
constexpr const char* kQr = "kind = \"qr\"";

INSTANTIATE_TEST_SUITE_P(
    Layout, BadLines,
    testing::Values(BadLine{"form", "form = \"adult-2024\"", "form = 2024", "form is no text"},
                    BadLine{"form", "form = \"adult-2024\"", "form = \"\"", "form is empty"},
                    BadLine{"[card]", "width = 85.6", "width = \"85.6\"", "width is no number"},
                    BadLine{"[card]", "width = 85.6", "width = 8.56", "width is not between 10 and 200"},
                    BadLine{"[card]", "width = 85.6", "width = nan", "width is not between"},
                    BadLine{"[colors]", "\"#b4dcc0\"", "\"#b4dcc\"", "green is no color"},
                    BadLine{"[colors]", "\"#b4dcc0\"", "\"#b4dcxx\"", "green is no color"},
                    BadLine{"[styles]", "bold = true, size = 2.42", "bold = \"yes\", size = 2.42",
                            "bold is neither true nor false"},
                    BadLine{"[styles]", "size = 2.42", "size = 0.1", "size is not between"},
                    BadLine{"[styles]", "size = 2.42, color = \"violet\"", "size = 2.42, color = \"purple\"",
                            "'purple' is neither"},
                    BadLine{"[styles]", "size = 2.42,", "size = 2.42, weight = 3,", "weight is no key here"},
                    BadLine{kName, "style = \"name\"", "style = \"nome\"", "'nome' is not in [styles]"},
                    BadLine{kName, "field = \"full_name\"", "field = \"fullname\"", "known are number, full_name"},
                    BadLine{kName, "lines = 2", "lines = 0", "lines is no whole number from 1 to 6"},
                    BadLine{kName, "lines = 2", "lines = 1.5", "lines is no whole number"},
                    BadLine{kName, "upper = true", "upper = \"true\"", "upper is neither"},
                    BadLine{kName, "shrink_to = 2.5", "shrink_to = 3.5", "shrink_to is not between"},
                    BadLine{kName, "smallest = 2.0", "smallest = 2.6", "smallest is not between"},
                    BadLine{kName, "x = 28", "x = -1", "x is not between"},
                    BadLine{"align", "align = \"center\"", "align = \"middle\"", "known are left, center, right"},
                    BadLine{"text = \"CĂN", "text = \"CĂN CƯỚC\"", "text = \"CA\u0306N\"", "composed form (NFC)"},
                    BadLine{"text = \"CĂN", "text = \"CĂN CƯỚC\"", "text = \"A\\tB\"", "control character"},
                    BadLine{"motif = \"drum\"", "motif = \"drum\"", "motif = \"drums\"", "'drums' is not known"},
                    BadLine{kQr, "kind = \"qr\"", "kind = \"barcode\"", "known are background, motif"},
                    BadLine{kQr, "size = 18", "size = 80", "size is not between 5 and 60"},
                    BadLine{kMrz, "spacing = 6.35", "spacing = 1", "spacing is not between"}));

TEST(LayoutTest, ElementOverTheEdgeIsRefused) {
  EXPECT_THAT(refusal_of(change(kMrz, "x = 4.7", "x = 14.7").toml), HasSubstr("over the card's edge"));
  EXPECT_THAT(refusal_of(change(kQr, "margin = 1.5", "margin = 6").toml), HasSubstr("over the card's edge"));
  EXPECT_THAT(refusal_of(change(kName, "spacing = 3.2", "spacing = 18").toml), HasSubstr("over the card's edge"));
}

TEST(LayoutTest, MissingKeysAreNamed) {
  EXPECT_THAT(refusal_of(change(kName, "x = 28\n", "").toml), HasSubstr("x is missing"));
  EXPECT_THAT(refusal_of(change("[card]", "height = 53.98", "").toml), HasSubstr("height is missing"));
  EXPECT_THAT(refusal_of("form = \"mine\"\n"), HasSubstr("card is missing"));
}

TEST(LayoutTest, UnknownKeyIsRefused) {
  EXPECT_THAT(refusal_of(change(kName, "upper = true", "uper = true").toml), HasSubstr("uper is no key here"));
}

TEST(LayoutTest, BrokenTomlIsRefusedWithItsLine) {
  EXPECT_THAT(refusal_of("form = \"mine\"\n[card\n"), HasSubstr("mine.toml:2: "));
}

TEST(LayoutTest, FaceThatIsNoListIsRefused) {
  EXPECT_THAT(refusal_of("form = \"m\"\nfront = 3\n[card]\nwidth = 85\nheight = 54\n[colors]\n[styles]\n"),
              HasSubstr("front is no list of tables"));
}

TEST(LayoutTest, UnknownFontIsRefusedWithTheElementsLine) {
  const std::string refusal = refusal_of(
      change("[styles]", "font = \"Noto Sans\", bold = true, size = 2.42", "font = \"Arial\", size = 2.42").toml);
  EXPECT_THAT(refusal, AllOf(HasSubstr("mine.toml:"), HasSubstr("there is no font 'Arial'")));
}

TEST(LayoutTest, FaceOfAFontThatIsNotShippedIsRefused) {
  EXPECT_THAT(refusal_of(change("mrz = {", "size = 3.513", "bold = true, size = 3.513").toml),
              HasSubstr("there is no font 'OCR B bold'"));
}

// fontconfig knows the family as "OCR B"; with "OCR-B" it would silently take another font.
TEST(LayoutTest, NearMissOfAFontNameIsRefused) {
  EXPECT_THAT(refusal_of(change("mrz = {", "OCR B", "OCR-B").toml), HasSubstr("there is no font 'OCR-B'"));
}

TEST(LayoutTest, FontFileThatWouldVanishFromThePdfIsRefused) {
  const std::string otf = "/usr/share/fonts/opentype/ocr-b/OCRB.otf";
  EXPECT_THAT(refusal_of(change("[colors]", "[colors]", "[fonts]\nfiles = [\"" + otf + "\"]\n[colors]").toml),
              HasSubstr("no TrueType outlines"));
}

TEST(LayoutTest, MissingFontFileIsRefused) {
  EXPECT_THAT(refusal_of(change("[colors]", "[colors]", "[fonts]\nfiles = [\"none.ttf\"]\n[colors]").toml),
              HasSubstr("no such file"));
}

TEST(LayoutTest, UnknownFormIsRefused) {
  EXPECT_THROW(artwork::Layout::embedded("adult-1999"), base::Error);
}

TEST(LayoutTest, ShippedFileAndEmbeddedFormAreTheSame) {
  const ScratchFolder folder;
  base::write_text_file(folder.file("mine.toml"), shipped(), "writing a layout");
  const auto loaded = artwork::Layout::load(folder.file("mine.toml"));
  const auto embedded = artwork::Layout::embedded("adult-2024");
  EXPECT_EQ(loaded.form(), embedded.form());
  EXPECT_EQ(loaded.design().front.size(), embedded.design().front.size());
  EXPECT_EQ(loaded.design().back.size(), embedded.design().back.size());
}

}  // namespace
