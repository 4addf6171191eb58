#include "tests/support/pictures.h"

namespace pictures {

base::Bytes gray_png(std::uint16_t width, std::uint16_t height, std::size_t size, std::uint8_t fill) {
  base::Bytes png = base::hex("89504E470D0A1A0A0000000D49484452");
  for (const std::uint16_t side : {width, height}) {
    png.insert(png.end(), {0, 0, static_cast<std::uint8_t>(side >> 8), static_cast<std::uint8_t>(side)});
  }
  base::append(png, base::hex("0800000000"));
  png.resize(size, fill);
  return png;
}

}  // namespace pictures
