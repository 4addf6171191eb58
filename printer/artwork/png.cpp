#include "printer/artwork/png.h"

#include <png.h>

#include <cmath>
#include <csetjmp>
#include <cstring>

#include "pki/base/core/error.h"

namespace artwork {

namespace {

void append(png_structp png, png_bytep data, png_size_t size) {
  auto* const out = static_cast<base::Bytes*>(png_get_io_ptr(png));
  out->insert(out->end(), data, data + size);
}

void flush(png_structp) {}

void stay_quiet(png_structp, png_const_charp) {}

[[noreturn]] void jump_back(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}

struct Picture {
  int width;
  int height;
  int dpi;
  base::Bytes rgb;
};

// No object with a destructor here: libpng jumps back to setjmp on an error.
bool write(png_structp png, png_infop info, const Picture& picture) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  const auto width = static_cast<png_uint_32>(picture.width);
  const auto height = static_cast<png_uint_32>(picture.height);
  png_set_compression_level(png, 1);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
  png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  const auto per_meter = static_cast<png_uint_32>(std::lround(picture.dpi / 0.0254));
  png_set_pHYs(png, info, per_meter, per_meter, PNG_RESOLUTION_METER);
  png_write_info(png, info);
  for (png_uint_32 y = 0; y < height; ++y) png_write_row(png, picture.rgb.data() + std::size_t{y} * width * 3);
  png_write_end(png, info);
  return true;
}

// Cairo's RGB24 is one native 32-bit word a pixel, 0x00RRGGBB.
Picture rgb_of(cairo_surface_t* surface, int dpi) {
  cairo_surface_flush(surface);
  Picture picture{cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), dpi, {}};
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  const unsigned char* const data = cairo_image_surface_get_data(surface);
  picture.rgb.reserve(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * 3);
  for (std::size_t y = 0; y < static_cast<std::size_t>(picture.height); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, data + y * stride + x * 4, 4);
      for (const unsigned shift : {16U, 8U, 0U}) picture.rgb.push_back(static_cast<std::uint8_t>(pixel >> shift));
    }
  }
  return picture;
}

}  // namespace

base::Bytes write_png(cairo_surface_t* surface, int dpi) {
  const Picture picture = rgb_of(surface, dpi);
  base::Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, jump_back, stay_quiet);
  png_infop info = png == nullptr ? nullptr : png_create_info_struct(png);
  bool done = false;
  if (info != nullptr) {
    png_set_write_fn(png, &out, append, flush);
    done = write(png, info, picture);
  }
  png_destroy_write_struct(&png, &info);
  if (!done) throw base::Error(base::Fault::AskOperator, "writing a PNG", "libpng failed");
  return out;
}

}  // namespace artwork
