#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "pki/base/core/error.h"
#include "smartcard/lds/lds.h"

namespace lds {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr asn1::Tag kDg2 = 0x75, kGroup = 0x7F61, kCount = 0x02, kTemplate = 0x7F60, kHeader = 0xA1, kBlock = 0x5F2E;
constexpr std::size_t kGeneral = 14, kFace = 20, kImage = 12;  // ISO/IEC 19794-5:2005 §5: header lengths
constexpr std::string_view kFormat{"FAC\0", 4}, kVersion{"010\0", 4};

void put16(base::Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}
void put32(base::Bytes& out, std::size_t value) {
  put16(out, value >> 16);
  put16(out, value & 0xFFFF);
}
std::size_t get16(base::ByteView in, std::size_t at) {
  return static_cast<std::size_t>(in[at]) << 8 | in[at + 1];
}
std::size_t get32(base::ByteView in, std::size_t at) {
  return get16(in, at) << 16 | get16(in, at + 2);
}

// ISO/IEC 19794-5:2005 §5.4–5.7: general header, facial information without feature points, image information.
base::Bytes face_record(const FaceImage& face) {
  base::Bytes record = base::bytes_of(kFormat);
  base::append(record, base::view_of(kVersion));
  put32(record, kGeneral + kFace + kImage + face.jpeg.size());
  put16(record, 1);                                  // number of faces
  put32(record, kFace + kImage + face.jpeg.size());  // this face's block
  put16(record, 0);                                  // feature points
  record.insert(record.end(), {0, 0, 0});            // sex, eye and hair color: unspecified
  record.insert(record.end(), 3 + 2 + 3 + 3, 0);     // feature mask, expression, pose, pose uncertainty: unspecified
  record.push_back(1);                               // full frontal
  record.push_back(0);                               // JPEG
  put16(record, face.width);
  put16(record, face.height);
  record.push_back(1);  // sRGB
  record.push_back(2);  // digital still camera
  put16(record, 0);     // device type
  put16(record, 0);     // quality
  base::append(record, face.jpeg);
  return record;
}

// The image inside a face record; throws Malformed where a length, count or magic contradicts another.
base::Bytes image_of(base::ByteView record) {
  constexpr std::size_t kFixed = kGeneral + kFace + kImage;
  if (record.size() < kFixed) throw asn1::Malformed("the face record is cut off");
  if (!base::equal(record.first(4), base::view_of(kFormat)) ||
      !base::equal(record.subspan(4, 4), base::view_of(kVersion))) {
    throw asn1::Malformed("it is no face record of version 010");
  }
  if (get32(record, 8) != record.size()) throw asn1::Malformed("the face record's length is wrong");
  if (get16(record, 12) != 1) throw asn1::Malformed("the face record does not hold exactly one face");
  if (get32(record, 14) != record.size() - kGeneral) throw asn1::Malformed("the face block's length is wrong");
  const std::size_t points = get16(record, 18) * 8;
  if (record.size() < kFixed + points) throw asn1::Malformed("the feature points run past the record");
  const std::size_t image_header = kGeneral + kFace + points;
  const base::ByteView image = record.subspan(image_header + kImage);
  const bool jpeg = image.size() > 3 && image[0] == 0xFF && image[1] == 0xD8 && image[2] == 0xFF;
  const bool jpeg2000 = image.size() > 12 && ((image[0] == 0 && image[3] == 0x0C && image[4] == 0x6A) ||
                                              (image[0] == 0xFF && image[1] == 0x4F && image[2] == 0xFF));
  const std::uint8_t type = record[image_header + 1];
  if ((type == 0 && !jpeg) || (type == 1 && !jpeg2000) || type > 1)
    throw asn1::Malformed("the image is not of the type it says");
  if (jpeg) {
    const auto face = face_image({image.begin(), image.end()});
    if (!face) throw asn1::Malformed("the JPEG is cut off or broken");
    if (face->width != get16(record, image_header + 2) || face->height != get16(record, image_header + 4)) {
      throw asn1::Malformed("the JPEG is not of the size it says");
    }
  }
  return {image.begin(), image.end()};
}

}  // namespace

// ITU-T T.81 Annex B: walks the marker segments to the frame header, which holds the size; nothing is decoded.
std::optional<FaceImage> face_image(base::Bytes jpeg) {
  if (jpeg.size() < 4 || jpeg[0] != 0xFF || jpeg[1] != 0xD8 || jpeg[jpeg.size() - 2] != 0xFF || jpeg.back() != 0xD9) {
    return std::nullopt;
  }
  std::size_t at = 2;
  while (at + 4 <= jpeg.size()) {
    if (jpeg[at] != 0xFF) return std::nullopt;
    const std::uint8_t marker = jpeg[at + 1];
    const std::size_t length = get16(jpeg, at + 2);
    if (length < 2 || at + 2 + length > jpeg.size()) return std::nullopt;
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      if (length < 8) return std::nullopt;
      const auto height = static_cast<std::uint16_t>(get16(jpeg, at + 5));
      const auto width = static_cast<std::uint16_t>(get16(jpeg, at + 7));
      if (width == 0 || height == 0) return std::nullopt;
      return FaceImage{std::move(jpeg), width, height};
    }
    at += 2 + length;
  }
  return std::nullopt;
}

base::Bytes encode_dg2(const FaceImage& face) {
  base::ensure(!face.jpeg.empty() && face.jpeg.size() < 60000, "a portrait for the chip is a JPEG below 60,000 bytes");
  TlvWriter header;  // biometric header template, 9303-10 Table 44
  header.put(0x81, base::hex("02"))
      .put(0x82, base::hex("00"))
      .put(0x87, base::hex("0101"))
      .put(0x88, base::hex("0008"));
  TlvWriter information;
  information.put(kHeader, header).put(kBlock, face_record(face));
  TlvWriter group;
  group.put(kCount, base::hex("01")).put(kTemplate, information);
  return TlvWriter{}.put(kDg2, TlvWriter{}.put(kGroup, group)).take();
}

Dg2Reading parse_dg2(base::ByteView file) {
  Dg2Reading reading;
  try {
    TlvReader outer{file, asn1::Lengths::Lenient};
    TlvReader dg2{outer.need(kDg2), asn1::Lengths::Lenient};
    TlvReader group{dg2.need(kGroup), asn1::Lengths::Lenient};
    dg2.end();
    const auto count = asn1::read_integer(group.need(kCount));
    if (count < 1 || count > 9) throw asn1::Malformed("the number of faces lies outside 1 to 9");
    for (std::int64_t i = 0; i < count; ++i) {
      TlvReader information{group.need(kTemplate), asn1::Lengths::Lenient};
      TlvReader header{information.need(kHeader), asn1::Lengths::Lenient};
      bool owner = false, type = false;
      while (!header.at_end()) {
        const asn1::Tlv element = header.next();
        owner |= element.tag == 0x87;
        type |= element.tag == 0x88;
      }
      if (!owner || !type) throw asn1::Malformed("the header lacks format owner or type");
      const base::ByteView block = information.need(kBlock);
      information.end();
      if (i == 0) reading.image = image_of(block);  // the first entry is the interoperable one, §4.7.2
    }
    group.end();
  } catch (const asn1::Malformed& malformed) {
    reading.image.reset();
    reading.findings.fail("DG2_MALFORMED", "EF.DG2", malformed.what());
  }
  return reading;
}

}  // namespace lds
