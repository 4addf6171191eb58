#include <gtest/gtest.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "smartcard/lds/lds.h"

namespace lds {
namespace {

// A JPEG's skeleton: SOI, frame header with size and number of components, filler, EOI.
base::Bytes jpeg_of(std::uint16_t width, std::uint16_t height, std::uint8_t components = 3) {
  base::Bytes jpeg = base::hex("FFD8FFC0001108");
  for (const std::uint16_t side : {height, width}) {
    jpeg.push_back(static_cast<std::uint8_t>(side >> 8));
    jpeg.push_back(static_cast<std::uint8_t>(side));
  }
  jpeg.push_back(components);
  jpeg.resize(200, 0x55);
  base::append(jpeg, base::hex("FFD9"));
  return jpeg;
}

base::Bytes dg2_of(base::Bytes jpeg, FaceFormat format = FaceFormat::Iso19794) {
  return encode_dg2(face_image(std::move(jpeg)).value(), format);
}

std::size_t find(const base::Bytes& in, const base::Bytes& what) {
  return static_cast<std::size_t>(std::search(in.begin(), in.end(), what.begin(), what.end()) - in.begin());
}

void expect_no_image(const base::Bytes& file, const std::string& why) {
  const Dg2Reading reading = parse_dg2(file);
  EXPECT_FALSE(reading.image) << why;
  EXPECT_TRUE(reading.findings.has("DG2_MALFORMED")) << why;
}

TEST(Dg2Test, ARecordThatContradictsItselfGivesNoImage) {
  const base::Bytes file = dg2_of(jpeg_of(480, 640));
  const std::size_t record = find(file, base::bytes_of("FAC"));
  struct Change {
    std::ptrdiff_t offset;  // in the face record; before it the template
    const char* octets;
    const char* why;
  };
  for (const auto& [offset, octets, why] :
       {Change{0, "46414900", "another magic"}, Change{4, "30333000", "version 030"},
        Change{8, "00000010", "a record length too small"}, Change{8, "FFFFFFFF", "a record length too large"},
        Change{12, "0000", "no face"}, Change{12, "FFFF", "65535 faces"}, Change{14, "00000010", "a block too small"},
        Change{18, "FFFF", "65535 feature points"}, Change{35, "01", "a JPEG that says JPEG 2000"},
        Change{35, "07", "an unknown image type"}, Change{36, "0001", "another width"},
        Change{38, "FFFF", "another height"}}) {
    base::Bytes changed = file;
    const base::Bytes put = base::hex(octets);
    std::copy(put.begin(), put.end(), changed.begin() + static_cast<std::ptrdiff_t>(record) + offset);
    expect_no_image(changed, why);
  }
  const std::size_t count = find(file, base::hex("020101"));
  for (const int instances : {0, 2, 10, 127}) {
    base::Bytes changed = file;
    changed[count + 2] = static_cast<std::uint8_t>(instances);
    expect_no_image(changed, "one template and another number of instances");
  }
  for (const char* const tag : {"8702", "8802"}) {
    base::Bytes changed = file;
    changed[find(file, base::hex(tag))] = 0x89;
    expect_no_image(changed, "a header without format owner or type");
  }
}

TEST(Dg2Test, AnImageThatIsNoPortraitGivesNone) {
  for (const auto& [width, height] : {std::pair{1, 1}, std::pair{65535, 65535}, std::pair{480, 15}}) {
    expect_no_image(dg2_of(jpeg_of(static_cast<std::uint16_t>(width), static_cast<std::uint16_t>(height))), "its size");
  }
  expect_no_image(dg2_of(jpeg_of(480, 640, 4)), "CMYK");
}

// ISO/IEC 39794-5: 65 { A0 version, A1 { 30 { 80 id, A1 { A0 { A0 { 80 image, A1 { A0 format, A7 size } } } } } } }.
TEST(Dg2Test, WritesAndReadsTheFormOf39794) {
  const base::Bytes jpeg = jpeg_of(480, 640);
  const base::Bytes file = dg2_of(jpeg, FaceFormat::Iso39794);
  EXPECT_EQ(parse_dg2(file).image, jpeg);
  EXPECT_TRUE(parse_dg2(file).findings.empty());
  EXPECT_LT(find(file, base::hex("8802002A7F2E")), file.size());        // format type, then the constructed block
  EXPECT_LT(find(file, base::hex("A007800103810207E3")), file.size());  // generation 3, 2019
  EXPECT_LT(find(file, base::hex("A003800102A708800201E081020280")), file.size());  // JPEG, 480 × 640
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(parse_dg2(base::ByteView(file).first(size)).image) << size;
  }
}

TEST(Dg2Test, RefusesA39794FaceWhoseFormatIsNotItsImages) {
  base::Bytes file = dg2_of(jpeg_of(480, 640), FaceFormat::Iso39794);
  file[find(file, base::hex("A003800102")) + 2] = 0x82;  // neither code nor extension block
  expect_no_image(file, "a format that is none");
  file = dg2_of(jpeg_of(480, 640), FaceFormat::Iso39794);
  file[find(file, base::hex("A003800102")) + 4] = 0x03;
  expect_no_image(file, "a JPEG that says JPEG 2000");
}

// A face of another writer, put together tag by tag: with members that we do not write, and without those we do.
base::Bytes foreign_face(const char* version, const base::Bytes& format, const base::Bytes& size, bool shape = false) {
  using asn1::TlvWriter;
  TlvWriter information, picture, face, block, standardized, template_, group, file;
  information.put(0xA0, format).raw(base::hex("A103800100"));  // kind of face image
  if (!size.empty()) information.put(0xA7, size);
  picture.put(0x80, jpeg_of(480, 640)).put(0xA1, information).raw(base::hex("A2028000"));
  face.raw(base::hex("800100")).put(0xA1, TlvWriter{}.put(shape ? 0xA1 : 0xA0, TlvWriter{}.put(0xA0, picture)));
  face.raw(base::hex("A9038101FF"));
  block.put(0xA0, base::hex(version)).put(0xA1, TlvWriter{}.sequence(face));
  standardized.put(0xA1, TlvWriter{}.put(0x65, block));
  template_
      .put(0xA1, base::hex("81010287020101880200"
                           "2A"))
      .put(0x7F2E, standardized);
  group.raw(base::hex("020101")).put(0x7F60, template_);
  file.put(0x7F61, group);
  return TlvWriter{}.put(0x75, file).take();
}

TEST(Dg2Test, ReadsA39794FaceOfAnotherWriter) {
  const base::Bytes jpeg = base::hex("800102"), sides = base::hex("800201E081020280");
  for (const auto& [what, file] :
       {std::pair{"members that are unknown here", foreign_face("800103810207E3", jpeg, sides)},
        {"no size", foreign_face("800103810207E3", jpeg, {})},
        {"a later year", foreign_face("800103810207E9", jpeg, sides)},
        {"an extension of the format with its fallback",
         foreign_face("800103", base::hex("A107800102A1020500"), sides)}}) {
    const Dg2Reading reading = parse_dg2(file);
    EXPECT_EQ(reading.image, jpeg_of(480, 640)) << what;
    EXPECT_TRUE(reading.findings.empty()) << what;
  }
  expect_no_image(foreign_face("800102810207E3", jpeg, sides), "generation 2");
  expect_no_image(foreign_face("8001038001"
                               "03",
                               jpeg, sides),
                  "a generation that stands twice");
  expect_no_image(foreign_face("800103", jpeg, base::hex("800201E181020280")), "another width than the image's");
  expect_no_image(foreign_face("800103", jpeg, base::hex("800201E0")), "a size without its height");
  expect_no_image(foreign_face("800103", base::hex("800103"), sides), "a JPEG that says JPEG 2000");
  expect_no_image(foreign_face("800103", jpeg, sides, true), "a shape instead of a picture");
}

}  // namespace
}  // namespace lds
