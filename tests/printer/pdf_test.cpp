// The PDF as others see it: poppler's tools, not the library that wrote it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <iterator>
#include <sstream>

#include "pki/base/core/files.h"
#include "pki/base/text/text.h"
#include "printer/artwork/artwork.h"
#include "printer/qr/qr.h"
#include "tests/printer/picture.h"
#include "tests/printer/sample_cards.h"
#include "tests/printer/tool.h"

namespace {

using testing::HasSubstr;

class PdfTest : public testing::Test {
 protected:
  void SetUp() override {
    painted_ = artwork::paint(card_, artwork::Layout::embedded("adult-2024"));
    base::write_file(folder_.file("card.pdf"), painted_.pdf, "writing the PDF");
  }

  // Page 1 or 2, rendered.
  Gray render(int page, int dpi) {
    const std::string number = std::to_string(page);
    run_tool({"pdftoppm", "-r", std::to_string(dpi), "-f", number, "-l", number, "-singlefile", "-png",
              folder_.file("card.pdf"), folder_.file("page")});
    return gray_of(base::read_file(folder_.file("page.png"), "reading the rendered page"));
  }

  std::string text(const std::string& page) {
    return run_tool({"pdftotext", "-layout", "-f", page, "-l", page, folder_.file("card.pdf"), "-"});
  }

  artwork::Card card_ = example_card();
  artwork::Painted painted_;
  ScratchFolder folder_;
};

TEST_F(PdfTest, EmbedsEveryFont) {
  std::istringstream lines(run_tool({"pdffonts", folder_.file("card.pdf")}));
  int fonts = 0;
  int mrz_fonts = 0;
  std::string line;
  for (int number = 0; std::getline(lines, line); ++number) {
    if (number < 2) continue;  // headings
    std::istringstream in(line);
    const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
    ASSERT_GE(words.size(), 6U);
    EXPECT_EQ(words[words.size() - 5], "yes") << line;  // emb
    EXPECT_EQ(words[words.size() - 3], "yes") << line;  // uni: text can be taken out
    ++fonts;
    if (line.find("OCRB") != std::string::npos) ++mrz_fonts;
  }
  EXPECT_GE(fonts, 4);
  EXPECT_EQ(mrz_fonts, 1);
}

TEST_F(PdfTest, HasTwoPagesOfTheCardsSize) {
  const std::string info = run_tool({"pdfinfo", folder_.file("card.pdf")});
  EXPECT_THAT(info, testing::ContainsRegex("Pages: +2\n"));
  EXPECT_THAT(info, HasSubstr("242.646 x 153.014 pts"));  // 85.6 × 53.98 mm
}

// Circular 16/2024, front, from top to bottom.
TEST_F(PdfTest, FrontCarriesThePrescribedTexts) {
  const std::string front = text("1");
  EXPECT_TRUE(text::is_nfc(front));
  for (const std::string_view words :
       {"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "SOCIALIST REPUBLIC OF VIET NAM",
        "Independence - Freedom - Happiness", "CĂN CƯỚC", "IDENTITY CARD",
        "Số định danh cá nhân/Personal identification number", "Họ, chữ đệm và tên khai sinh/Full name",
        "Ngày, tháng, năm sinh/Date of birth", "Giới tính/Sex", "Quốc tịch/Nationality", "001090000000",
        "NGUYỄN VĂN MẪU", "01/01/1990", "Nam", "Việt Nam", "MẪU · SPECIMEN"})
    EXPECT_THAT(front, HasSubstr(words));
}

TEST_F(PdfTest, BackCarriesThePrescribedTexts) {
  const std::string back = text("2");
  EXPECT_TRUE(text::is_nfc(back));
  for (const std::string_view words :
       {"Nơi cư trú/Place of residence", "Nơi đăng ký khai sinh/Place of birth", "Ngày, tháng, năm cấp/Date of issue",
        "Ngày, tháng, năm hết hạn/Date of expiry", "BỘ CÔNG AN", "MINISTRY OF PUBLIC SECURITY",
        "Số 1 Phố Mẫu, Phường Mẫu, Quận Ba Đình, Hà Nội", "04/10/2024", "01/01/2030"})
    EXPECT_THAT(back, HasSubstr(words));
  for (const std::string& line : card_.mrz.lines) EXPECT_THAT(back, HasSubstr(line));
}

TEST_F(PdfTest, CardWithoutExpirySaysSo) {
  card_.expiry.reset();
  SetUp();
  EXPECT_THAT(text("2"), HasSubstr("Không thời hạn"));
}

TEST_F(PdfTest, LongNameIsBrokenAndWhole) {
  card_.person.full_name = "Nguyễn Phước Công Tằng Tôn Nữ Hoàng Thị Phương Uyên Nghiêm";
  SetUp();
  std::istringstream in(text("1"));
  std::string one_line;
  for (std::string word; in >> word;) one_line += word + " ";
  EXPECT_THAT(one_line, HasSubstr("NGUYỄN PHƯỚC CÔNG TẰNG TÔN NỮ HOÀNG THỊ PHƯƠNG UYÊN NGHIÊM"));
}

// A font that Cairo dropped would leave the text extractable and the page empty: what is seen is compared.
TEST_F(PdfTest, RenderedPagesLookLikeThePictures) {
  for (const int page : {1, 2}) {
    const Gray picture = gray_of(page == 1 ? painted_.front_png : painted_.back_png);
    const Gray rendered = render(page, 300);
    ASSERT_NEAR(rendered.width, picture.width, 1);
    ASSERT_NEAR(rendered.height, picture.height, 1);
    double difference = 0;
    const int width = std::min(rendered.width, picture.width);
    const int height = std::min(rendered.height, picture.height);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) difference += std::abs(rendered.at(x, y) - picture.at(x, y));
    EXPECT_LT(difference / (width * height), 5.0) << "page " << page;
  }
}

TEST_F(PdfTest, MrzIsSeenOnTheRenderedPage) {
  const auto dark = [](const Gray& face) {
    int count = 0;
    for (int y = static_cast<int>(0.6 * face.height); y < face.height; ++y)
      for (int x = 0; x < face.width; ++x)
        if (face.at(x, y) < 64) ++count;
    return count;
  };
  const int painted = dark(gray_of(painted_.back_png));
  EXPECT_GT(painted, 10'000);
  EXPECT_NEAR(dark(render(2, 300)), painted, painted * 0.05);
}

TEST_F(PdfTest, QrOfTheRenderedPageReadsBack) {
  for (const int dpi : {300, 437, 600}) {
    const Gray page = render(2, dpi);
    EXPECT_EQ(read_with_zbar(page), card_.qr_text) << dpi;
    EXPECT_EQ(read_with_zxing(page), card_.qr_text) << dpi;
  }
}

// Dark modules side by side are one area: at a resolution that hits no module edge, nothing light shines through.
TEST_F(PdfTest, QrHasNoSeams) {
  constexpr int kDpi = 437;
  const Gray page = render(2, kDpi);
  const qr::Symbol symbol = qr::encode(card_.qr_text);
  const qr::Fit fit = qr::fit(symbol, 18, 1.5, artwork::kDefaultDpi);
  const double module = fit.dots * 25.4 / artwork::kDefaultDpi;
  const double left = 64 + (18 - symbol.modules() * module) / 2;
  const double top = 3.6 + (18 - symbol.modules() * module) / 2;
  const auto dots = [](double mm) { return static_cast<int>(std::lround(mm * kDpi / 25.4)); };
  // the 3 × 3 modules in the middle of the upper left finder pattern, less a third of a module all round
  for (int y = dots(top + 2.33 * module); y <= dots(top + 4.67 * module); ++y)
    for (int x = dots(left + 2.33 * module); x <= dots(left + 4.67 * module); ++x) ASSERT_LT(page.at(x, y), 8);
}

}  // namespace
