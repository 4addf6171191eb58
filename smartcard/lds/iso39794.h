#pragma once
// ISO/IEC 39794-4 (finger) and -5 (face) as travel documents carry them (ICAO Doc 9303-10 §4.5.6): ASN.1 with implicit
// tags, extensible, so what is not known is stepped over. Issuers may write it now and must from 2030 on.

#include <optional>

#include "pki/asn1/tlv.h"

namespace lds::iso39794 {

inline constexpr asn1::Tag kFinger = 0x64, kFace = 0x65;

struct Size {
  std::uint32_t width = 0, height = 0;  // pixels
};

struct Face {
  base::ByteView image;
  int format = 0;            // ImageDataFormatCode: 2 JPEG, 3 and 4 JPEG 2000
  std::optional<Size> size;  // ImageSizeBlock
};

struct FingerView {
  int position = 0;  // numbered as in 19794-4
  int format = 0;    // 0 PGM, 1 WSQ, 2 and 3 JPEG 2000, 4 PNG
  base::ByteView image;
  std::optional<int> samples_per_inch;
};

// `block` is the whole element 65 or 64 with exactly one representation. Throws asn1::Malformed; views into it.
Face read_face(base::ByteView block);
FingerView read_finger(base::ByteView block);

// The element 65 for one JPEG: generation 3, year 2019, one 2D representation with its size.
base::Bytes write_face(base::ByteView jpeg, Size size);

}  // namespace lds::iso39794
