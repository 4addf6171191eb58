#include "tests/printer/picture.h"

#include <png.h>

#include "pki/base/core/error.h"

int Gray::at(int x, int y) const {
  return pixels.at(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x));
}

Gray gray_of(base::ByteView png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  base::ensure(png_image_begin_read_from_memory(&image, png.data(), png.size()) != 0, "the picture is a PNG");
  image.format = PNG_FORMAT_GRAY;
  Gray gray{static_cast<int>(image.width), static_cast<int>(image.height), base::Bytes(PNG_IMAGE_SIZE(image))};
  base::ensure(png_image_finish_read(&image, nullptr, gray.pixels.data(), 0, nullptr) != 0, "the PNG is whole");
  return gray;
}
