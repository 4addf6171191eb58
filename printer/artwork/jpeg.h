#pragma once
// Portraits and fingers: JPEG in and out, libjpeg behind it.

#include <cstdint>
#include <vector>

#include "pki/base/core/bytes.h"

namespace artwork {

struct Pixels {
  int width = 0;
  int height = 0;
  base::Bytes rgb;  // three bytes a pixel, rows from the top
};

struct GrayPixels {
  int width = 0;
  int height = 0;
  base::Bytes gray;  // one byte a pixel, rows from the top; 0 is black
};

inline constexpr int kLargestPortraitSide = 4096;  // pixels

// Throws base::Error{FixConfiguration} when it is no JPEG of RGB or gray, is cut short or is larger than
// kLargestPortraitSide.
Pixels decode_jpeg(base::ByteView jpeg);

// Baseline JPEG (the form that DG2 readers expect) of the best quality that stays within `budget` bytes. Throws
// base::Error{FixConfiguration} when not even the lowest quality does.
base::Bytes encode_jpeg(const Pixels& pixels, std::size_t budget);
base::Bytes encode_jpeg(const GrayPixels& pixels, std::size_t budget);  // of one component

}  // namespace artwork
