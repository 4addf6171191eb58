#include <algorithm>
#include <string_view>

#include "pki/base/core/error.h"
#include "smartcard/lds/biometric_template.h"
#include "smartcard/lds/image_header.h"
#include "smartcard/lds/iso39794.h"
#include "smartcard/lds/lds.h"
#include "smartcard/lds/octets.h"

namespace lds {

namespace {

constexpr asn1::Tag kDg2 = 0x75;
constexpr int kMostFaces = 9;
constexpr std::uint32_t kSmallestSide = 16;                    // pixels: below, nobody is to be recognized
constexpr std::size_t kGeneral = 14, kFace = 20, kImage = 12;  // ISO/IEC 19794-5:2005 §5: header lengths
constexpr std::string_view kFormat{"FAC\0", 4}, kVersion{"010\0", 4};

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

// What the record says of the image against what the image says; and what a reader had better not decode.
void check_image(base::ByteView image, Picture picture, const std::optional<iso39794::Size>& size) {
  const auto header = image_header(image);
  if (!header) throw asn1::Malformed("the image is cut off or broken");
  if (header->picture != picture) throw asn1::Malformed("the image is not of the type it says");
  if (size && (header->width != size->width || header->height != size->height)) {
    throw asn1::Malformed("the image is not of the size it says");
  }
  if (std::min(header->width, header->height) < kSmallestSide ||
      std::max(header->width, header->height) > kLargestSide) {
    throw asn1::Malformed("the image is too small or too large for a portrait");
  }
  if (header->components != 1 && header->components != 3) throw asn1::Malformed("the image is neither grey nor RGB");
}

// The image inside a face record; throws Malformed where a length, count or magic contradicts another.
base::Bytes image_of_19794(base::ByteView record) {
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
  const std::size_t image_header_at = kGeneral + kFace + points;
  const base::ByteView image = record.subspan(image_header_at + kImage);
  const std::uint8_t type = record[image_header_at + 1];
  if (type > 1) throw asn1::Malformed("the image is not of the type it says");
  check_image(image, type == 0 ? Picture::Jpeg : Picture::Jpeg2000,
              iso39794::Size{get16(record, image_header_at + 2), get16(record, image_header_at + 4)});
  return {image.begin(), image.end()};
}

// ISO/IEC 39794-5; its ImageDataFormatCode.
base::Bytes image_of_39794(base::ByteView block) {
  const iso39794::Face face = iso39794::read_face(block);
  if (face.format < 2 || face.format > 4) throw asn1::Malformed("the image is not of the type it says");
  check_image(face.image, face.format == 2 ? Picture::Jpeg : Picture::Jpeg2000, face.size);
  return {face.image.begin(), face.image.end()};
}

}  // namespace

std::optional<FaceImage> face_image(base::Bytes jpeg) {
  const auto header = image_header(jpeg);
  if (!header || header->picture != Picture::Jpeg) return std::nullopt;
  return FaceImage{std::move(jpeg), static_cast<std::uint16_t>(header->width),
                   static_cast<std::uint16_t>(header->height)};
}

base::Bytes encode_dg2(const FaceImage& face, FaceFormat format) {
  base::ensure(!face.jpeg.empty() && face.jpeg.size() < 60000, "a portrait for the chip is a JPEG below 60,000 bytes");
  if (format == FaceFormat::Iso19794)
    return write_biometric_group(kDg2, {{0x02, 0x00, 0x0008, face_record(face), false}});
  return write_biometric_group(
      kDg2, {{0x02, 0x00, 0x002A, iso39794::write_face(face.jpeg, {face.width, face.height}), true}});
}

Dg2Reading parse_dg2(base::ByteView file) {
  Dg2Reading reading;
  try {
    const BiometricGroup group = read_biometric_group(file, kDg2, kMostFaces);
    if (group.blocks.empty()) throw asn1::Malformed("it holds no face");
    const BiometricBlock& first = group.blocks.front();  // the interoperable one, §4.7.2
    reading.image = first.iso39794 ? image_of_39794(first.record) : image_of_19794(first.record);
  } catch (const asn1::Malformed& malformed) {
    reading.image.reset();
    reading.findings.fail("DG2_MALFORMED", "EF.DG2", malformed.what());
  }
  return reading;
}

}  // namespace lds
