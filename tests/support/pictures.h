#pragma once
// Images for tests in which nothing is decoded.

#include "pki/base/core/bytes.h"

namespace pictures {

// A PNG's skeleton: signature and IHDR (ISO/IEC 15948 §11.2.2) of `width` x `height` gray pixels, then filler up to
// `size` bytes. `fill` makes one picture another.
base::Bytes gray_png(std::uint16_t width, std::uint16_t height, std::size_t size = 400, std::uint8_t fill = 0x55);

}  // namespace pictures
