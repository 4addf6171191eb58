#include "printer/artwork/finger.h"

#include <gtest/gtest.h>

#include <set>

#include "pki/base/core/error.h"
#include "printer/artwork/jpeg.h"
#include "smartcard/lds/dg3.h"
#include "smartcard/lds/image_header.h"

namespace {

double darkness(const artwork::Pixels& pixels, int top, int bottom) {
  double sum = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      sum += 255 - pixels.rgb[static_cast<std::size_t>((y * pixels.width + x) * 3)];
    }
  }
  return sum / (pixels.width * (bottom - top));
}

TEST(FingerTest, IsAGrayImageThatDg3TakesWithinTheBudgetForEverySeed) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const base::Bytes jpeg = artwork::sample_finger(seed);
    EXPECT_LE(jpeg.size(), artwork::kFingerBudget);
    EXPECT_GT(jpeg.size(), artwork::kFingerBudget / 3);
    const auto header = lds::image_header(jpeg);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->components, 1);
    const auto finger = lds::finger_image(lds::Finger::RightIndex, jpeg);
    ASSERT_TRUE(finger);
    EXPECT_EQ(lds::parse_dg3(lds::encode_dg3({*finger})).fingers, std::vector{*finger});
  }
}

TEST(FingerTest, SameSeedGivesTheSamePatternAndOthersDiffer) {
  std::set<base::Bytes> seen;
  for (std::uint64_t seed = 0; seed < 8; ++seed) seen.insert(artwork::sample_finger(seed));
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_TRUE(seen.contains(artwork::sample_finger(3)));
}

// Ridges above and below, between them the band: white with black letters, its edge white all along.
TEST(FingerTest, CarriesTheMarkOfADrawing) {
  for (const std::uint64_t seed : {0U, 5U, 11U}) {
    const artwork::Pixels pixels = artwork::decode_jpeg(artwork::sample_finger(seed));
    ASSERT_EQ(pixels.height, artwork::kFingerHeight);
    EXPECT_GT(darkness(pixels, 150, 250), 50);
    EXPECT_LT(darkness(pixels, 320, 323), 20);
    EXPECT_GT(darkness(pixels, 330, 350), 40);
    EXPECT_LT(darkness(pixels, 354, 358), 20);
  }
}

TEST(FingerTest, RefusesABudgetThatNoQualityMeets) {
  EXPECT_THROW(artwork::sample_finger(1, 300), base::Error);
}

}  // namespace
