#include "smartcard/lds/dg3.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "pki/asn1/tlv.h"
#include "smartcard/lds/lds.h"
#include "tests/support/pictures.h"

namespace lds {
namespace {

using pictures::gray_png;

FingerImage finger(Finger which, std::size_t size = 400) {
  return finger_image(which, gray_png(300, 400, size)).value();
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

TEST(Dg3Test, EveryPositionHasItsOwnNameAndUnknownIsNoFinger) {
  std::set<std::string_view> names;
  for (int position = 1; position <= 10; ++position) {
    const auto which = static_cast<Finger>(position);
    names.insert(finger_name(which));
    EXPECT_EQ(finger_named(finger_name(which)), which);
  }
  EXPECT_EQ(names.size(), 10U);
  EXPECT_EQ(finger_name(Finger::LeftIndex), "left_index");
  EXPECT_EQ(finger_named("unknown"), std::nullopt);
  EXPECT_EQ(finger_named("left index"), std::nullopt);
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
  EXPECT_EQ(finger_image(Finger::RightThumb, gray_png(10, 20, 60))->coding, FingerCoding::Png);
  EXPECT_FALSE(finger_image(Finger::RightThumb, base::hex("47494638")));
  EXPECT_FALSE(finger_image(Finger::RightThumb, {}));
  EXPECT_FALSE(finger_image(Finger::RightThumb, gray_png(10, 20, 24)));
}

// --- ISO/IEC 39794-4, put together here tag by tag: nothing of ours writes it ---

using asn1::TlvWriter;
using Members = std::map<asn1::Tag, base::Bytes>;

base::Bytes code_of(std::uint8_t value) {
  return base::Bytes{0x80, 0x01, value};
}

// A representation block: position [0], impression [1], format [2], image [3], sampling rate [7].
Members finger_39794(std::uint8_t format, base::Bytes image) {
  return {{0xA0, code_of(7)}, {0xA1, code_of(0)}, {0xA2, code_of(format)}, {0x83, std::move(image)}};
}

// 63 { 7F61 { 02 count, 7F60 { A1 header, 7F2E { A1 { 64 { A0 version, A1 { 30 … } } } } } } }
base::Bytes dg3_39794(const std::vector<Members>& views, const char* version = "800103810207E3") {
  TlvWriter list;
  for (const Members& view : views) {
    TlvWriter content;
    for (const auto& [tag, value] : view) content.put(tag, value);
    list.sequence(content);
  }
  TlvWriter block, standardized, header, information, group, file;
  block.put(0xA0, base::hex(version)).put(0xA1, list);
  standardized.put(0xA1, TlvWriter{}.put(0x64, block));
  header.raw(base::hex("81010882010A870201018802002A"));
  information.put(0xA1, header).put(0x7F2E, standardized);
  group.raw(base::hex("020101")).put(0x7F60, information);
  file.put(0x7F61, group);
  return TlvWriter{}.put(0x63, file).take();
}

TEST(Dg3Iso39794Test, ReadsTheFingerThatItHolds) {
  Members view = finger_39794(4, gray_png(300, 400, 200));
  view[0xA7] = base::hex("800201F4810100");  // 500 an inch
  const Dg3Reading png = parse_dg3(dg3_39794({view}));
  EXPECT_TRUE(png.findings.empty());
  ASSERT_EQ(png.fingers.size(), 1U);
  EXPECT_EQ(png.fingers[0], (FingerImage{.finger = Finger::LeftIndex,
                                         .coding = FingerCoding::Png,
                                         .width = 300,
                                         .height = 400,
                                         .pixels_per_inch = 500,
                                         .image = gray_png(300, 400, 200)}));
  view[0xA7] = base::hex("800200C5810101");  // 197 a centimeter
  EXPECT_EQ(parse_dg3(dg3_39794({view})).fingers.at(0).pixels_per_inch, 500);
  const auto wsq = base::hex("FFA0FFA8000341FFA2001100FF01900258000000000000000000");
  EXPECT_EQ(parse_dg3(dg3_39794({finger_39794(1, wsq)})).fingers.at(0).coding, FingerCoding::Wsq);
}

TEST(Dg3Iso39794Test, StepsOverWhatItDoesNotKnow) {
  Members view = finger_39794(4, gray_png(300, 400, 200));
  view[0xA4] = base::hex("A003800107");          // capture date and time
  view[0x88] = base::hex("FF");                  // position computed by the system
  view[0xAF] = base::hex("1A0161");              // a comment
  view[0xA1] = base::hex("A107800100A1020500");  // an extension of the impression, with its fallback
  EXPECT_EQ(parse_dg3(dg3_39794({view})).fingers.size(), 1U);
  EXPECT_EQ(parse_dg3(dg3_39794({view}, "800103810207E9820101")).fingers.size(), 1U) << "a later year of generation 3";
}

TEST(Dg3Iso39794Test, RefusesWhatContradictsItself) {
  const Members good = finger_39794(4, gray_png(300, 400, 200));
  const auto with = [&](asn1::Tag tag, const char* value) {
    Members changed = good;
    changed[tag] = base::hex(value);
    return dg3_39794({changed});
  };
  const auto without = [&](asn1::Tag tag) {
    Members changed = good;
    changed.erase(tag);
    return dg3_39794({changed});
  };
  const std::pair<const char*, base::Bytes> cases[] = {
      {"no position", without(0xA0)},
      {"no impression", without(0xA1)},
      {"no format", without(0xA2)},
      {"no image", without(0x83)},
      {"position 11", with(0xA0, "80010B")},
      {"a position without a code", with(0xA0, "8100")},
      {"a PNG that says WSQ", with(0xA2, "800101")},
      {"format 5", with(0xA2, "800105")},
      {"an empty image", with(0x83, "")},
      {"no image at all", with(0x83, "0102030405060708")},
      {"a rate without its unit", with(0xA7, "800201F4")},
      {"a rate of another unit", with(0xA7, "800201F4810102")},
      {"generation 2", dg3_39794({good}, "800102810207E3")},
      {"no generation", dg3_39794({good}, "810207E3")},
      {"no view", dg3_39794({})},
      {"two views", dg3_39794({good, good})},
  };
  for (const auto& [what, file] : cases) {
    const Dg3Reading reading = parse_dg3(file);
    EXPECT_TRUE(reading.fingers.empty()) << what;
    EXPECT_TRUE(reading.findings.has("DG3_MALFORMED")) << what;
  }
  const base::Bytes whole = dg3_39794({good});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_TRUE(parse_dg3(base::ByteView(whole).first(size)).findings.has("DG3_MALFORMED")) << size;
  }
}

}  // namespace
}  // namespace lds
