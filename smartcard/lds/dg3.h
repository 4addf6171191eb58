#pragma once
// DG3, the fingers (ICAO Doc 9303-10 §4.7.3): written with ISO/IEC 19794-4:2005 records, one image each; read with
// these or with ISO/IEC 39794-4, which readers must accept since 2026 (§4.5.6). It opens only to a terminal with the
// right to it.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"

namespace lds {

// ISO/IEC 19794-4:2005 Table 6, and the same numbers in 39794-4.
enum class Finger : std::uint8_t {
  Unknown = 0,
  RightThumb = 1,
  RightIndex,
  RightMiddle,
  RightRing,
  RightLittle,
  LeftThumb,
  LeftIndex,
  LeftMiddle,
  LeftRing,
  LeftLittle,
};

// "right_index"; "unknown" for 0. The other way round nullopt: no finger of this name ("unknown" is none).
std::string_view finger_name(Finger finger);
std::optional<Finger> finger_named(std::string_view name);

// ISO/IEC 19794-4:2005 Table 3.
enum class FingerCoding : std::uint8_t { Raw = 0, Packed = 1, Wsq = 2, Jpeg = 3, Jpeg2000 = 4, Png = 5 };

struct FingerImage {
  Finger finger = Finger::Unknown;
  FingerCoding coding = FingerCoding::Jpeg;
  std::uint16_t width = 0, height = 0;  // pixels
  std::uint16_t pixels_per_inch = 500;  // in both directions
  std::uint8_t bits_per_pixel = 8;
  base::Bytes image;  // as coded
  bool operator==(const FingerImage&) const = default;
};

// The whole file, tag 63. Nobody's fingers: the empty template, with `random` in a 53 object so that the hash of DG3
// tells nothing (§4.7.3.2.2); with fingers `random` must be empty. At most ten fingers of at most 65,000 bytes each
// (ensure).
base::Bytes encode_dg3(const std::vector<FingerImage>& fingers, base::ByteView random = {});

// One finger image of an application: JPEG (T.81), PNG (ISO 15948) or WSQ by its magic; the size from its own header.
// nullopt when it is none of them.
std::optional<FingerImage> finger_image(Finger finger, base::Bytes image);

struct Dg3Reading {
  std::vector<FingerImage> fingers;
  base::Findings findings;  // DG3_MALFORMED
};
Dg3Reading parse_dg3(base::ByteView file);  // what is malformed gives no finger at all

}  // namespace lds
