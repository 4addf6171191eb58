#include "smartcard/lds/dg3.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "smartcard/lds/lds.h"

namespace lds {
namespace {

// A PNG's skeleton: signature and IHDR of `width` × `height` grey pixels, then filler; nothing is decoded.
base::Bytes png_of(std::uint16_t width, std::uint16_t height, std::size_t size) {
  base::Bytes png = base::hex("89504E470D0A1A0A0000000D49484452");
  for (const std::uint16_t side : {width, height}) {
    png.insert(png.end(), {0, 0, static_cast<std::uint8_t>(side >> 8), static_cast<std::uint8_t>(side)});
  }
  base::append(png, base::hex("0800000000"));
  png.resize(size, 0x55);
  return png;
}

FingerImage finger(Finger which, std::size_t size = 400) {
  return finger_image(which, png_of(300, 400, size)).value();
}

TEST(Dg3Test, EveryFingerHasItsOwnTemplateAndRecord) {
  const std::vector fingers{finger(Finger::RightIndex), finger(Finger::LeftIndex, 500)};
  const auto file = encode_dg3(fingers);
  const auto reading = parse_dg3(file);
  EXPECT_TRUE(reading.findings.empty());
  EXPECT_EQ(reading.fingers, fingers);
  // 9303-10 Table 49: 09 right index, 0A left index.
  const std::string hex = base::to_hex(file);
  EXPECT_NE(hex.find("A10E81010882010987020101880200075F2E"), std::string::npos);
  EXPECT_NE(hex.find("A10E81010882010A87020101880200075F2E"), std::string::npos);
}

// 9303-10 Table 50.
TEST(Dg3Test, AHolderWithoutFingersHasTheEmptyTemplateAndARandomNumber) {
  const auto file = encode_dg3({}, base::hex("0102030405060708"));
  EXPECT_EQ(base::to_hex(file),
            "63107F6103020100"
            "53080102030405060708");
  EXPECT_TRUE(parse_dg3(file).fingers.empty());
  EXPECT_TRUE(parse_dg3(file).findings.empty());
}

TEST(Dg3Test, ATruncatedDg3IsAFindingAndNeverAFinger) {
  const auto file = encode_dg3({finger(Finger::RightThumb)});
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto reading = parse_dg3(base::ByteView(file).first(size));
    EXPECT_TRUE(reading.fingers.empty()) << size;
    EXPECT_TRUE(reading.findings.has("DG3_MALFORMED")) << size;
  }
}

TEST(Dg3Test, ARecordThatContradictsItselfIsMalformed) {
  const auto file = encode_dg3({finger(Finger::RightThumb)});
  const std::string magic("FIR");
  const auto at =
      static_cast<std::size_t>(std::search(file.begin(), file.end(), magic.begin(), magic.end()) - file.begin());
  struct Change {
    std::size_t offset;
    std::uint8_t value;
  };
  // Magic, version, record length, two fingers, scale, coding, view length, position, views, width, height.
  for (const auto& [offset, value] :
       {Change{0, 'X'}, Change{5, '2'}, Change{8, 1}, Change{13, 0}, Change{18, 2}, Change{19, 3}, Change{29, 6},
        Change{29, 2}, Change{35, 0}, Change{36, 11}, Change{37, 2}, Change{42, 0}, Change{44, 0}}) {
    auto changed = file;
    changed[at + offset] = value;
    EXPECT_TRUE(parse_dg3(changed).findings.has("DG3_MALFORMED")) << offset;
    EXPECT_TRUE(parse_dg3(changed).fingers.empty()) << offset;
  }
}

TEST(Dg3Test, KnowsAnImageByItsMagicAndTellsItsSize) {
  const auto wsq = finger_image(Finger::RightThumb, base::hex("FFA0FFA8000341FFA2001100FF01900258000000000000000000"));
  ASSERT_TRUE(wsq);
  EXPECT_EQ(wsq->coding, FingerCoding::Wsq);
  EXPECT_EQ(wsq->width, 600);
  EXPECT_EQ(wsq->height, 400);
  EXPECT_EQ(finger_image(Finger::RightThumb, png_of(10, 20, 60))->coding, FingerCoding::Png);
  EXPECT_FALSE(finger_image(Finger::RightThumb, base::hex("47494638")));
  EXPECT_FALSE(finger_image(Finger::RightThumb, {}));
  EXPECT_FALSE(finger_image(Finger::RightThumb, png_of(10, 20, 24)));
}

}  // namespace
}  // namespace lds
