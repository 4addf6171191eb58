#include "smartcard/lds/dg3.h"

#include <algorithm>
#include <array>

#include "pki/base/core/error.h"
#include "smartcard/lds/biometric_template.h"
#include "smartcard/lds/image_header.h"
#include "smartcard/lds/iso39794.h"
#include "smartcard/lds/octets.h"

namespace lds {

namespace {

constexpr asn1::Tag kDg3 = 0x63;
constexpr std::size_t kGeneral = 32, kView = 14;  // ISO/IEC 19794-4:2005 §7.1, §7.2: header lengths
constexpr std::string_view kFormat{"FIR\0", 4}, kVersion{"010\0", 4};
constexpr std::uint8_t kInch = 1, kCentimeter = 2;
constexpr int kMostFingers = 10;

constexpr std::array<std::string_view, 11> kNames{"unknown",     "right_thumb",  "right_index", "right_middle",
                                                  "right_ring",  "right_little", "left_thumb",  "left_index",
                                                  "left_middle", "left_ring",    "left_little"};

// 9303-10 Table 49: bits 1–2 the hand, bits 3–5 the finger from the thumb on; by 19794-4's position 0…10.
constexpr std::array<std::uint8_t, 11> kSubtypes{0, 0x05, 0x09, 0x0D, 0x11, 0x15, 0x06, 0x0A, 0x0E, 0x12, 0x16};

// §7.1, Table 2: the general header of a record with one view; §7.2, Table 5: that view.
base::Bytes finger_record(const FingerImage& finger) {
  base::Bytes record = base::bytes_of(kFormat);
  base::append(record, base::view_of(kVersion));
  put16(record, 0);  // the length has six octets
  put32(record, kGeneral + kView + finger.image.size());
  put16(record, 0);     // capture device: unspecified
  put16(record, 31);    // image acquisition level 31: 500 pixels an inch, 8 bits
  record.push_back(1);  // fingers
  record.push_back(kInch);
  for (int i = 0; i < 4; ++i) put16(record, finger.pixels_per_inch);  // scan and image, horizontal and vertical
  record.push_back(finger.bits_per_pixel);
  record.push_back(static_cast<std::uint8_t>(finger.coding));
  put16(record, 0);
  put32(record, kView + finger.image.size());
  record.push_back(static_cast<std::uint8_t>(finger.finger));
  record.insert(record.end(), {1, 1, 0xFE, 0});  // views, this view, quality undefined, live-scan plain
  put16(record, finger.width);
  put16(record, finger.height);
  record.push_back(0);
  base::append(record, finger.image);
  return record;
}

bool is_coding(FingerCoding coding, Picture picture) {
  switch (picture) {
    case Picture::Wsq:
      return coding == FingerCoding::Wsq;
    case Picture::Jpeg:
      return coding == FingerCoding::Jpeg;
    case Picture::Jpeg2000:
      return coding == FingerCoding::Jpeg2000;
    case Picture::Png:
      return coding == FingerCoding::Png;
  }
  return false;
}

// What the record says of the image against what the image says.
void compare_image(const FingerImage& finger) {
  const std::size_t pixels = std::size_t{finger.width} * finger.height;
  if (finger.coding == FingerCoding::Raw || finger.coding == FingerCoding::Packed) {
    const std::size_t bits = finger.coding == FingerCoding::Raw ? std::size_t{8} : finger.bits_per_pixel;
    if (finger.image.size() != (pixels * bits + 7) / 8) throw asn1::Malformed("a raw image is not of its size");
    return;
  }
  const auto header = image_header(finger.image);
  if (!header || !is_coding(finger.coding, header->picture)) {
    throw asn1::Malformed("a finger's image is not of the coding it says");
  }
  if (header->width != finger.width || header->height != finger.height) {
    throw asn1::Malformed("a finger's image is not of the size it says");
  }
}

Finger finger_at(std::uint32_t position) {
  if (position > 10) throw asn1::Malformed("a finger position lies outside 0 to 10");
  return static_cast<Finger>(position);
}

std::uint16_t per_inch(std::uint32_t rate, std::uint8_t unit) {
  if (unit != kInch && unit != kCentimeter) throw asn1::Malformed("the scale of a finger record is unknown");
  if (rate > 10'000) throw asn1::Malformed("the resolution of a finger record is out of range");
  return static_cast<std::uint16_t>(unit == kInch ? rate : (rate * 254 + 50) / 100);
}

FingerImage read_19794(base::ByteView record) {
  if (record.size() < kGeneral + kView) throw asn1::Malformed("the finger record is cut off");
  if (!base::equal(record.first(4), base::view_of(kFormat)) ||
      !base::equal(record.subspan(4, 4), base::view_of(kVersion))) {
    throw asn1::Malformed("it is no finger record of version 010");
  }
  if (get16(record, 8) != 0 || get32(record, 10) != record.size()) {
    throw asn1::Malformed("the finger record's length is wrong");
  }
  if (record[18] != 1) throw asn1::Malformed("a finger record does not hold exactly one finger");  // §4.7.3.2.3
  if (get32(record, kGeneral) != record.size() - kGeneral) throw asn1::Malformed("the finger view's length is wrong");
  if (record[kGeneral + 5] != 1 || record[kGeneral + 6] != 1)
    throw asn1::Malformed("a finger has not exactly one view");
  if (record[29] > 5) throw asn1::Malformed("the coding of a finger's image is unknown");
  FingerImage finger;
  finger.finger = finger_at(record[kGeneral + 4]);
  finger.coding = static_cast<FingerCoding>(record[29]);
  finger.pixels_per_inch = per_inch(get16(record, 24), record[19]);
  finger.bits_per_pixel = record[28];
  finger.width = static_cast<std::uint16_t>(get16(record, kGeneral + 9));
  finger.height = static_cast<std::uint16_t>(get16(record, kGeneral + 11));
  const base::ByteView image = record.subspan(kGeneral + kView);
  finger.image.assign(image.begin(), image.end());
  compare_image(finger);
  return finger;
}

FingerImage read_39794(base::ByteView block) {
  const iso39794::FingerView view = iso39794::read_finger(block);
  const auto header = image_header(view.image);
  if (!header) throw asn1::Malformed("a finger's image is of no known coding");
  constexpr std::array kCodings{FingerCoding::Raw, FingerCoding::Wsq, FingerCoding::Jpeg2000, FingerCoding::Jpeg2000,
                                FingerCoding::Png};
  if (view.format >= static_cast<int>(kCodings.size()) ||
      !is_coding(kCodings.at(static_cast<std::size_t>(view.format)), header->picture)) {
    throw asn1::Malformed("a finger's image is not of the coding it says");
  }
  if (header->width > kLargestSide || header->height > kLargestSide) throw asn1::Malformed("a finger is too large");
  FingerImage finger;
  finger.finger = finger_at(static_cast<std::uint32_t>(view.position));
  finger.coding = kCodings.at(static_cast<std::size_t>(view.format));
  finger.width = static_cast<std::uint16_t>(header->width);
  finger.height = static_cast<std::uint16_t>(header->height);
  if (view.samples_per_inch) {
    finger.pixels_per_inch = per_inch(static_cast<std::uint32_t>(*view.samples_per_inch), kInch);
  }
  finger.image.assign(view.image.begin(), view.image.end());
  return finger;
}

}  // namespace

std::string_view finger_name(Finger finger) {
  const auto number = static_cast<std::size_t>(finger);
  return kNames.at(number < kNames.size() ? number : 0);
}

std::optional<Finger> finger_named(std::string_view name) {
  const auto at = std::find(kNames.begin() + 1, kNames.end(), name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<Finger>(at - kNames.begin());
}

std::optional<FingerImage> finger_image(Finger finger, base::Bytes image) {
  const auto header = image_header(image);
  if (!header || header->width > kLargestSide || header->height > kLargestSide) return std::nullopt;
  FingerImage read;
  read.finger = finger;
  for (const FingerCoding coding : {FingerCoding::Wsq, FingerCoding::Jpeg, FingerCoding::Jpeg2000, FingerCoding::Png}) {
    if (is_coding(coding, header->picture)) read.coding = coding;
  }
  read.width = static_cast<std::uint16_t>(header->width);
  read.height = static_cast<std::uint16_t>(header->height);
  read.image = std::move(image);
  return read;
}

base::Bytes encode_dg3(const std::vector<FingerImage>& fingers, base::ByteView random) {
  base::ensure(fingers.size() <= kMostFingers, "nobody has more than ten fingers on a card");
  std::vector<BiometricRecord> records;
  for (const FingerImage& finger : fingers) {
    base::ensure(!finger.image.empty() && finger.image.size() <= 65'000, "a finger for the chip is below 65,000 bytes");
    records.push_back(
        {0x08, kSubtypes.at(static_cast<std::size_t>(finger.finger)), 0x0007, finger_record(finger), false});
  }
  return write_biometric_group(kDg3, records, random);
}

Dg3Reading parse_dg3(base::ByteView file) {
  Dg3Reading reading;
  try {
    for (const BiometricBlock& block : read_biometric_group(file, kDg3, kMostFingers).blocks) {
      if (!block.subtype) throw asn1::Malformed("the header of a finger does not say which");  // Table 47: mandatory
      reading.fingers.push_back(block.iso39794 ? read_39794(block.record) : read_19794(block.record));
    }
  } catch (const asn1::Malformed& malformed) {
    reading.fingers.clear();
    reading.findings.fail("DG3_MALFORMED", "EF.DG3", malformed.what());
  }
  return reading;
}

}  // namespace lds
