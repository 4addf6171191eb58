#pragma once
// What an image says of itself in its first bytes. Nothing is decoded, so no image can cost more than its own length:
// whoever shows it decodes it behind these bounds.

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"

namespace lds {

enum class Picture : std::uint8_t { Jpeg, Jpeg2000, Png, Wsq };

struct ImageHeader {
  Picture picture = Picture::Jpeg;
  std::uint32_t width = 0, height = 0;  // pixels, both above zero
  std::uint8_t components = 0;          // 1 grey, 3 color, 4 CMYK
};

inline constexpr std::uint32_t kLargestSide = 10'000;  // pixels: no portrait and no finger is wider or higher

// ITU-T T.81 Annex B; T.800 Annex A and I; ISO/IEC 15948 §11.2.2; the WSQ specification's Annex B. nullopt when it is
// none of them, is cut off before its size, or (JPEG) lacks its end.
std::optional<ImageHeader> image_header(base::ByteView image);

}  // namespace lds
