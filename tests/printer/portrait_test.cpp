#include "printer/artwork/portrait.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "pki/base/core/error.h"
#include "printer/artwork/jpeg.h"

namespace {

using testing::HasSubstr;

std::string refusal_of(base::ByteView jpeg) {
  try {
    artwork::decode_jpeg(jpeg);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
    return error.what();
  }
  return {};
}

// The marker of the frame header: FFC0 is baseline (ISO/IEC 10918-1 Table B.1).
bool has_frame(const base::Bytes& jpeg, std::uint8_t marker) {
  for (std::size_t i = 0; i + 1 < jpeg.size(); ++i)
    if (jpeg[i] == 0xFF && jpeg[i + 1] == marker) return true;
  return false;
}

TEST(PortraitTest, StaysWithinTheBudgetForEverySeed) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const base::Bytes jpeg = artwork::sample_portrait(seed);
    EXPECT_LE(jpeg.size(), artwork::kPortraitBudget);
    EXPECT_GT(jpeg.size(), artwork::kPortraitBudget / 3);
    const artwork::Pixels pixels = artwork::decode_jpeg(jpeg);
    EXPECT_EQ(pixels.width, 480);
    EXPECT_EQ(pixels.height, 640);
  }
}

TEST(PortraitTest, IsBaselineJpeg) {
  const base::Bytes jpeg = artwork::sample_portrait(1);
  EXPECT_TRUE(has_frame(jpeg, 0xC0));
  EXPECT_FALSE(has_frame(jpeg, 0xC2));
}

TEST(PortraitTest, SameSeedGivesTheSameBustAndOthersDiffer) {
  std::set<base::Bytes> seen;
  for (std::uint64_t seed = 0; seed < 8; ++seed) seen.insert(artwork::sample_portrait(seed));
  EXPECT_EQ(seen.size(), 8U);
  EXPECT_TRUE(seen.contains(artwork::sample_portrait(3)));
}

// Beside the neck is hair or the backdrop.
TEST(PortraitTest, SexChoosesTheHair) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto beside_the_neck = [seed](document::Sex sex) {
      return artwork::decode_jpeg(artwork::sample_portrait(seed, artwork::kPortraitBudget, sex))
          .rgb[(418 * 480 + 132) * 3];
    };
    EXPECT_GT(beside_the_neck(document::Sex::Male), 200) << seed;
    EXPECT_LT(beside_the_neck(document::Sex::Female), 140) << seed;
  }
}

TEST(PortraitTest, UpperCornersAreWhitishAsInAnIdentityPhoto) {
  const artwork::Pixels pixels = artwork::decode_jpeg(artwork::sample_portrait(5));
  for (const std::size_t x : {5U, 470U})
    for (std::size_t channel = 0; channel < 3; ++channel) EXPECT_GT(pixels.rgb[(10 * 480 + x) * 3 + channel], 215);
}

TEST(PortraitTest, RefusesABudgetThatNoQualityMeets) {
  EXPECT_THROW(artwork::sample_portrait(1, 500), base::Error);
}

TEST(PortraitTest, RefusesWhatIsNoSoundJpeg) {
  base::Bytes jpeg = artwork::sample_portrait(2);
  EXPECT_THAT(refusal_of({}), HasSubstr("there is none"));
  EXPECT_THAT(refusal_of(base::bytes_of("no picture at all")), HasSubstr("no sound JPEG"));
  EXPECT_THAT(refusal_of(base::ByteView(jpeg).first(jpeg.size() / 2)), HasSubstr("damaged or shortened"));
}

TEST(PortraitTest, RefusesAPictureLargerThanAnyPortrait) {
  artwork::Pixels wide{5000, 2, base::Bytes(5000 * 2 * 3, 200)};
  EXPECT_THAT(refusal_of(artwork::encode_jpeg(wide, 1'000'000)), HasSubstr("5000 × 2 pixels"));
}

}  // namespace
