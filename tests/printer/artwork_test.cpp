#include "printer/artwork/artwork.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "pki/base/core/error.h"
#include "printer/artwork/design.h"
#include "tests/printer/picture.h"
#include "tests/printer/sample_cards.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string refusal_of(const artwork::Card& card, artwork::Face face) {
  try {
    artwork::paint_face(card, artwork::Layout::embedded("adult-2024"), face);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return {};
}

TEST(ArtworkTest, FacesAreTheCardsSizeAt300Dpi) {
  const artwork::Painted painted = artwork::paint(example_card(), artwork::Layout::embedded("adult-2024"));
  for (const auto* const png : {&painted.front_png, &painted.back_png}) {
    const Gray face = gray_of(*png);
    EXPECT_EQ(face.width, 1011);  // 85.6 mm
    EXPECT_EQ(face.height, 638);  // 53.98 mm
  }
}

TEST(ArtworkTest, PngSaysItsResolutionSoThatItPrintsAtTrueSize) {
  const base::Bytes png =
      artwork::paint_face(example_card(), artwork::Layout::embedded("adult-2024"), artwork::Face::Front, 600);
  // pHYs: 600 dpi = 23622 dots a metre = 5C46, both ways, unit 1 (PNG specification §11.3.4.3)
  EXPECT_THAT(base::to_hex(png), HasSubstr("7048597300005C4600005C4601"));
}

TEST(ArtworkTest, SameCardGivesTheSameBytes) {
  const artwork::Painted once = artwork::paint(example_card(), artwork::Layout::embedded("adult-2024"));
  const artwork::Painted again = artwork::paint(example_card(), artwork::Layout::embedded("adult-2024"));
  EXPECT_EQ(once.front_png, again.front_png);
  EXPECT_EQ(once.back_png, again.back_png);
  EXPECT_EQ(once.pdf, again.pdf);
}

TEST(ArtworkTest, MissingGlyphIsRefusedWithItsCodePointAndWithoutTheName) {
  artwork::Card card = example_card();
  card.person.full_name = "Nguyễn 中 Mẫu";
  const std::string refusal = refusal_of(card, artwork::Face::Front);
  EXPECT_THAT(refusal, AllOf(HasSubstr("full_name (adult-2024.toml:"), HasSubstr("U+4E2D"), HasSubstr("Noto Sans")));
  EXPECT_THAT(refusal, Not(HasSubstr("guy")));
  EXPECT_THAT(refusal, Not(HasSubstr("GUY")));
}

TEST(ArtworkTest, MissingGlyphInTheMrzIsRefused) {
  artwork::Card card = example_card();
  card.mrz.lines[2].replace(0, 6, "ПЕТ");  // three Cyrillic letters are six bytes
  EXPECT_THAT(refusal_of(card, artwork::Face::Back), AllOf(HasSubstr("line 3 of the MRZ"), HasSubstr("U+041F")));
}

TEST(ArtworkTest, DecomposedTextIsPaintedAsComposed) {
  artwork::Card composed = example_card();
  artwork::Card decomposed = composed;
  decomposed.person.full_name = "Nguye\u0302\u0303n Va\u0306n Ma\u0302\u0303u";
  const auto layout = artwork::Layout::embedded("adult-2024");
  EXPECT_EQ(artwork::paint_face(composed, layout, artwork::Face::Front),
            artwork::paint_face(decomposed, layout, artwork::Face::Front));
}

TEST(ArtworkTest, CharactersThatPrintNothingAreRefused) {
  for (const std::string text : {"Số 1\nPhố Mẫu", "Số 1\u202E Phố Mẫu", "Số 1\u200B Phố Mẫu", "Số 1\u2028Phố Mẫu"}) {
    artwork::Card card = example_card();
    card.person.residence = text;
    EXPECT_THAT(refusal_of(card, artwork::Face::Back),
                AllOf(HasSubstr("residence"), HasSubstr("no printable character")));
  }
}

TEST(ArtworkTest, TextThatIsNoUtf8IsRefused) {
  artwork::Card card = example_card();
  card.person.residence = "S\xC3";
  EXPECT_NE(refusal_of(card, artwork::Face::Back), "");
}

TEST(ArtworkTest, EmptyFieldIsRefused) {
  artwork::Card card = example_card();
  card.person.place_of_birth.clear();
  EXPECT_THAT(refusal_of(card, artwork::Face::Back), AllOf(HasSubstr("place_of_birth"), HasSubstr("empty")));
}

TEST(ArtworkTest, LongNameAndAddressAreShrunkAndBroken) {
  artwork::Card card = example_card();
  card.person.full_name = "Nguyễn Phước Công Tằng Tôn Nữ Hoàng Thị Phương Uyên Nghiêm";
  card.person.residence =
      "Căn hộ 12A08, Chung cư Thử Nghiệm Xanh, Số 123/45/6 Đường Nguyễn Thị Mẫu, Phường Mẫu Sáu, Quận 3, TP. Hồ Chí "
      "Minh";
  EXPECT_EQ(refusal_of(card, artwork::Face::Front), "");
  EXPECT_EQ(refusal_of(card, artwork::Face::Back), "");
}

TEST(ArtworkTest, TextThatDoesNotFitIsRefusedAndNeverCut) {
  artwork::Card card = example_card();
  for (int i = 0; i < 12; ++i) card.person.full_name += " Nguyễn Phước";
  EXPECT_THAT(refusal_of(card, artwork::Face::Front),
              AllOf(HasSubstr("full_name"), HasSubstr("does not fit"), HasSubstr("never cut")));
}

TEST(ArtworkTest, OneWordWiderThanTheFieldIsRefused) {
  artwork::Card card = example_card();
  card.person.full_name = std::string(60, 'W');
  EXPECT_THAT(refusal_of(card, artwork::Face::Front), HasSubstr("does not fit"));
}

TEST(ArtworkTest, MissingPortraitIsRefused) {
  artwork::Card card = example_card();
  card.portrait_jpeg.clear();
  EXPECT_THAT(refusal_of(card, artwork::Face::Front), HasSubstr("reading the portrait"));
}

TEST(ArtworkTest, QrTextThatIsTooLongIsRefused) {
  artwork::Card card = example_card();
  card.qr_text = std::string(413, 'x');
  EXPECT_THAT(refusal_of(card, artwork::Face::Back), HasSubstr("413 bytes"));
}

TEST(ArtworkTest, ResolutionsOutsideTheLimitsAreRefused) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  for (const int dpi : {0, -300, 199, 1201})
    EXPECT_THROW(artwork::paint_face(example_card(), layout, artwork::Face::Back, dpi), base::Error);
}

// The MRZ's columns: with 2.54 mm a character, the ink of each of 30 filler characters starts 30 dots after the last.
TEST(ArtworkTest, MrzAdvancesTenCharactersToTheInch) {
  artwork::Card card = example_card();
  card.mrz.lines = {std::string(30, 'I'), std::string(30, '<'), std::string(30, 'I')};
  const Gray back = gray_of(artwork::paint_face(card, artwork::Layout::embedded("adult-2024"), artwork::Face::Back));
  const int row = static_cast<int>(std::lround((37.3 - 1.2) / 25.4 * 300));  // the middle of the first line
  std::vector<int> starts;
  for (int x = 1; x < back.width; ++x)
    if (back.at(x, row) < 90 && back.at(x - 1, row) >= 90) starts.push_back(x);
  ASSERT_EQ(starts.size(), 30U);
  EXPECT_NEAR(starts.back() - starts.front(), 29 * 30, 1);
  EXPECT_NEAR((starts.front() + starts.back()) / 2.0, 85.6 / 2 / 25.4 * 300, 6);  // centered on the card
}

struct Area {
  std::string name;
  double left, top, right, bottom;
};

// Where a text's ink can be: capitals with two marks above, descenders below.
Area text_area(std::string name, double x, double y, double width, double size, double more) {
  return {std::move(name), x, y - 0.8 * size, x + width, y + 0.25 * size + more};
}

std::vector<Area> areas_of(const std::vector<artwork::Element>& elements) {
  std::vector<Area> areas;
  for (const artwork::Element& element : elements) {
    if (const auto* const label = std::get_if<artwork::Label>(&element.what)) {
      areas.push_back(text_area(label->text, label->x, label->y, label->width, label->style.size, 0));
    } else if (const auto* const field = std::get_if<artwork::Field>(&element.what)) {
      areas.push_back(text_area(std::string(artwork::field_name(field->field)), field->x, field->y, field->width,
                                field->style.size, (field->lines - 1) * field->spacing));
    } else if (const auto* const photo = std::get_if<artwork::Photo>(&element.what)) {
      areas.push_back(
          {"photo", photo->box.x, photo->box.y, photo->box.x + photo->box.width, photo->box.y + photo->box.height});
    } else if (const auto* const qr = std::get_if<artwork::QrArea>(&element.what)) {
      areas.push_back(
          {"qr", qr->x - qr->margin, qr->y - qr->margin, qr->x + qr->size + qr->margin, qr->y + qr->size + qr->margin});
    } else if (const auto* const mrz = std::get_if<artwork::MrzArea>(&element.what)) {
      areas.push_back(text_area("mrz", mrz->x, mrz->y, 30 * mrz->pitch, mrz->style.size, 2 * mrz->spacing));
    } else if (const auto* const motif = std::get_if<artwork::Motif>(&element.what);
               motif != nullptr &&
               (motif->kind == artwork::MotifKind::Emblem || motif->kind == artwork::MotifKind::ChipSymbol ||
                motif->kind == artwork::MotifKind::ContactModule)) {
      areas.push_back(
          {"motif", motif->box.x, motif->box.y, motif->box.x + motif->box.width, motif->box.y + motif->box.height});
    }
  }
  return areas;
}

TEST(ArtworkTest, NothingOverlapsOnTheShippedForm) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  for (const auto* const face : {&layout.design().front, &layout.design().back}) {
    const auto areas = areas_of(*face);
    for (std::size_t i = 0; i < areas.size(); ++i) {
      for (std::size_t k = i + 1; k < areas.size(); ++k) {
        const Area& a = areas[i];
        const Area& b = areas[k];
        EXPECT_FALSE(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
            << a.name << " and " << b.name;
      }
    }
  }
}

// Thông tư 16/2024: photo 20 × 30 mm, emblem 12 mm, QR code 18 × 18 mm; the MRZ inside the lowest 23.2 mm (9303-5).
TEST(ArtworkTest, PrescribedSizesAreKept) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  for (const artwork::Element& element : layout.design().front) {
    if (const auto* const photo = std::get_if<artwork::Photo>(&element.what)) {
      EXPECT_EQ(photo->box.width, 20);
      EXPECT_EQ(photo->box.height, 30);
    }
    if (const auto* const motif = std::get_if<artwork::Motif>(&element.what);
        motif != nullptr && motif->kind == artwork::MotifKind::Emblem) {
      EXPECT_EQ(motif->box.width, 12);
    }
  }
  for (const artwork::Element& element : layout.design().back) {
    if (const auto* const qr = std::get_if<artwork::QrArea>(&element.what)) {
      EXPECT_EQ(qr->size, 18);
    }
    if (const auto* const mrz = std::get_if<artwork::MrzArea>(&element.what)) {
      EXPECT_GE(mrz->y - mrz->style.size, 53.98 - 23.2);
      EXPECT_EQ(mrz->pitch, 2.54);
    }
  }
}

}  // namespace
