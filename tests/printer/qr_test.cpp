#include "printer/qr/qr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "issuance/registry/sample.h"
#include "pki/base/core/error.h"
#include "pki/base/db/connection.h"
#include "printer/artwork/artwork.h"
#include "smartcard/document/qr_text.h"
#include "tests/printer/picture.h"
#include "tests/printer/sample_cards.h"
#include "tests/support/vectors.h"

namespace {

using testing::HasSubstr;

constexpr double kArea = 18;
constexpr double kMargin = 1.5;

std::string refusal_of(std::string_view text) {
  try {
    qr::encode(text);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return {};
}

TEST(QrTest, TakesTheSmallestVersionThatHoldsThePublishedTexts) {
  const auto vectors = vectors::load("cccd_qr.json");
  for (const auto& [name, vector] : vectors.at("vectors").items()) {
    const auto text = vector.at("text").get<std::string>();
    EXPECT_EQ(text.size(), vector.at("utf8_bytes").get<std::size_t>()) << name;
    EXPECT_EQ(qr::encode(text).version(), vector.at("min_version_byte_mode").at("M").get<int>()) << name;
  }
}

// Byte mode also for digits alone: 14 bytes are the most of version 1 at M (ISO/IEC 18004 Table 7).
TEST(QrTest, UsesByteModeAlsoForDigits) {
  EXPECT_EQ(qr::encode(std::string(14, '7')).version(), 1);
  EXPECT_EQ(qr::encode(std::string(15, '7')).version(), 2);
}

TEST(QrTest, HoldsUpTo412BytesAndRefusesOneMoreWithoutQuotingIt) {
  EXPECT_EQ(qr::encode(std::string(412, 'x')).version(), 15);
  const std::string refusal = refusal_of(std::string(413, 'x'));
  EXPECT_THAT(refusal, HasSubstr("413 bytes"));
  EXPECT_THAT(refusal, HasSubstr("412"));
  EXPECT_THAT(refusal, testing::Not(HasSubstr("xx")));
}

TEST(QrTest, RefusesAnEmptyText) {
  EXPECT_THAT(refusal_of(""), HasSubstr("no text"));
}

TEST(QrTest, GivesFourDotsAModuleAt300DpiUpToVersionNine) {
  for (const std::size_t bytes : {133U, 180U})
    EXPECT_EQ(qr::fit(qr::encode(std::string(bytes, 'a')), kArea, kMargin, 300).dots, 4);
  EXPECT_EQ(qr::fit(qr::encode(std::string(181, 'a')), kArea, kMargin, 300).dots, 3);
  EXPECT_EQ(qr::fit(qr::encode(std::string(331, 'a')), kArea, kMargin, 300).dots, 3);
  EXPECT_EQ(qr::fit(qr::encode(std::string(412, 'a')), kArea, kMargin, 300).dots, 2);
}

TEST(QrTest, RefusesModulesOfOneDot) {
  const qr::Symbol symbol = qr::encode(std::string(412, 'a'));
  EXPECT_THROW(qr::fit(symbol, 10, kMargin, 300), base::Error);
  EXPECT_NO_THROW(qr::fit(symbol, 10, kMargin, 600));
}

TEST(QrTest, KeepsTheQuietZoneInsideAreaAndMargin) {
  for (std::size_t bytes = 1; bytes <= 412; ++bytes) {
    const qr::Symbol symbol = qr::encode(std::string(bytes, 'a'));
    const qr::Fit fit = qr::fit(symbol, kArea, kMargin, 300);
    EXPECT_LE(fit.symbol_dots * 25.4 / 300, kArea);
    EXPECT_LE((symbol.modules() + 2 * qr::kQuietModules) * fit.dots * 25.4 / 300, kArea + 2 * kMargin);
  }
}

// A point is dark when a ray from it crosses the outlines an odd number of times (the even-odd rule).
bool inside(const std::vector<std::vector<qr::Corner>>& loops, double x, double y) {
  bool odd = false;
  for (const auto& loop : loops) {
    for (std::size_t i = 0; i < loop.size(); ++i) {
      const qr::Corner a = loop[i];
      const qr::Corner b = loop[(i + 1) % loop.size()];
      if (a.x == b.x && a.x > x && (a.y > y) != (b.y > y)) odd = !odd;
    }
  }
  return odd;
}

TEST(QrTest, OutlinesEncloseExactlyTheDarkModules) {
  const qr::Symbol symbol = qr::encode(sample_card(3).qr_text);
  const auto loops = qr::outlines(symbol);
  for (int row = -1; row <= symbol.modules(); ++row) {
    for (int column = -1; column <= symbol.modules(); ++column)
      EXPECT_EQ(inside(loops, column + 0.5, row + 0.5), symbol.dark(row, column)) << row << "," << column;
  }
}

// The citizens are those that cccd-registry samples, so that the register's names and addresses are what is read back.
TEST(QrTest, FiveHundredSampledCitizensReadBackExactlyByBothReaders) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "qr_test_register";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const base::FixedClock clock(*base::parse_rfc3339("2026-11-23T08:00:00Z"));
  auto store = registry::Store::create(folder / "registry.db", clock);
  make_sample(store, 500, 2026, clock);
  const auto layout = artwork::Layout::embedded("adult-2024");
  db::Connection reader = db::Connection::open(folder / "registry.db", db::Mode::ReadOnly);
  db::Statement rows = reader.prepare("SELECT printf('%012d', number) FROM persons");
  int citizens = 0;
  for (; rows.step(); ++citizens) {
    const auto record = store.find(*document::CitizenNumber::parse(rows.text(0)));
    ASSERT_TRUE(record);
    const std::string text = document::build_qr_text(record->person, clock.today());
    const Gray picture = gray_of(artwork::paint_qr(text, layout));
    ASSERT_EQ(read_with_zbar(picture), text) << "citizen " << citizens;
    ASSERT_EQ(read_with_zxing(picture), text) << "citizen " << citizens;
  }
  EXPECT_EQ(citizens, 500);
  std::filesystem::remove_all(folder);
}

TEST(QrTest, EveryLengthUpToTheLargestReadsBack) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  for (std::size_t bytes = 20; bytes <= 412; bytes += 28) {
    const std::string text = std::string(bytes - 3, '9') + "Đ|";
    const Gray picture = gray_of(artwork::paint_qr(text, layout));
    EXPECT_EQ(read_with_zbar(picture), text) << bytes;
    EXPECT_EQ(read_with_zxing(picture), text) << bytes;
  }
}

TEST(QrTest, PublishedTextReadsBackFromTheWholeCard) {
  const auto vector = vectors::load("cccd_qr.json").at("vectors").at("qr2024_adult");
  const auto layout = artwork::Layout::embedded("adult-2024");
  const Gray back = gray_of(artwork::paint_face(example_card(), layout, artwork::Face::Back));
  EXPECT_EQ(read_with_zbar(back), vector.at("text").get<std::string>());
  EXPECT_EQ(read_with_zxing(back), vector.at("text").get<std::string>());
}

TEST(QrTest, ReadsBackFromWholeCardsOfOtherCitizens) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  for (const std::uint64_t number : {5U, 21U, 34U, 60U}) {
    const artwork::Card card = sample_card(number);
    const Gray back = gray_of(artwork::paint_face(card, layout, artwork::Face::Back));
    EXPECT_EQ(read_with_zbar(back), card.qr_text) << number;
    EXPECT_EQ(read_with_zxing(back), card.qr_text) << number;
  }
}

TEST(QrTest, EveryModuleIsWholeDotsOfPureBlackOrWhite) {
  const auto layout = artwork::Layout::embedded("adult-2024");
  const Gray picture = gray_of(artwork::paint_qr(sample_card(1).qr_text, layout));
  for (const auto pixel : picture.pixels) ASSERT_TRUE(pixel == 0 || pixel == 255) << int{pixel};
}

}  // namespace
