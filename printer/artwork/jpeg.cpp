#include "printer/artwork/jpeg.h"

#include <cstdio>
// jpeglib.h needs FILE and size_t declared before it.
#include <fmt/format.h>
#include <jpeglib.h>

#include <array>
#include <csetjmp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "pki/base/core/error.h"

namespace artwork {

namespace {

constexpr int kBestQuality = 95;
constexpr int kLowestQuality = 5;

// libjpeg reports a fatal error by a function that must not return: it jumps back to the caller. Between setjmp and the
// jump only C frames and trivially destroyed objects may lie.
struct ErrorManager {
  jpeg_error_mgr base;
  std::jmp_buf back;
  std::array<char, JMSG_LENGTH_MAX> message;
};

void jump_back(j_common_ptr info) {
  auto* const manager = reinterpret_cast<ErrorManager*>(info->err);
  manager->base.format_message(info, manager->message.data());
  std::longjmp(manager->back, 1);
}

void stay_quiet(j_common_ptr) {}  // warnings are counted in num_warnings and judged at the end

void prepare(ErrorManager& manager) {
  jpeg_std_error(&manager.base);
  manager.base.error_exit = jump_back;
  manager.base.output_message = stay_quiet;
  manager.message[0] = '\0';
}

enum class Decoded { Well, Failed, TooLarge, WrongColors };

// No object with a destructor here (see ErrorManager); the pixels are the caller's.
Decoded decode_into(base::ByteView jpeg, Pixels& pixels, jpeg_decompress_struct& info, ErrorManager& manager) {
  if (setjmp(manager.back) != 0) return Decoded::Failed;
  jpeg_mem_src(&info, jpeg.data(), jpeg.size());
  jpeg_read_header(&info, TRUE);
  if (info.image_width > kLargestPortraitSide || info.image_height > kLargestPortraitSide) return Decoded::TooLarge;
  if (info.num_components != 1 && info.num_components != 3) return Decoded::WrongColors;
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  const std::size_t stride = std::size_t{info.output_width} * 3;
  pixels.width = static_cast<int>(info.output_width);
  pixels.height = static_cast<int>(info.output_height);
  pixels.rgb.resize(stride * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = pixels.rgb.data() + stride * info.output_scanline;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return manager.base.num_warnings == 0 ? Decoded::Well : Decoded::Failed;
}

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "reading the portrait", std::move(seen));
}

struct Output {
  unsigned char* data = nullptr;
  unsigned long size = 0;
};

// What libjpeg is given: `colors` bytes a pixel.
struct Raster {
  int width, height, colors;
  base::ByteView samples;
};

bool encode_into(const Raster& raster, int quality, Output& output, jpeg_compress_struct& info, ErrorManager& manager) {
  if (setjmp(manager.back) != 0) return false;
  jpeg_mem_dest(&info, &output.data, &output.size);
  info.image_width = static_cast<JDIMENSION>(raster.width);
  info.image_height = static_cast<JDIMENSION>(raster.height);
  info.input_components = raster.colors;
  info.in_color_space = raster.colors == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);  // TRUE: tables of a baseline file
  info.optimize_coding = TRUE;
  jpeg_start_compress(&info, TRUE);
  const std::size_t stride = std::size_t{info.image_width} * static_cast<std::size_t>(raster.colors);
  while (info.next_scanline < info.image_height) {
    // libjpeg's row type is not const; it does not write.
    auto* row = const_cast<JSAMPROW>(raster.samples.data() + stride * info.next_scanline);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

base::Bytes encode_with(const Raster& raster, int quality) {
  ErrorManager manager;
  prepare(manager);
  jpeg_compress_struct info;
  info.err = &manager.base;
  jpeg_create_compress(&info);
  Output output;
  const bool done = encode_into(raster, quality, output, info, manager);
  jpeg_destroy_compress(&info);
  base::Bytes jpeg;
  if (done) jpeg.assign(output.data, output.data + output.size);
  std::free(output.data);
  if (!done) throw base::Error(base::Fault::AskOperator, "writing a picture", manager.message.data());
  return jpeg;
}

base::Bytes encode_within(const Raster& raster, std::size_t budget) {
  std::optional<base::Bytes> best;
  int low = kLowestQuality;
  int high = kBestQuality;
  while (low <= high) {
    const int quality = (low + high) / 2;
    base::Bytes jpeg = encode_with(raster, quality);
    if (jpeg.size() <= budget) {
      best = std::move(jpeg);
      low = quality + 1;
    } else {
      high = quality - 1;
    }
  }
  if (!best) {
    throw base::Error(
        base::Fault::FixConfiguration, "writing a picture",
        fmt::format("one of {} × {} pixels does not go into {} bytes", raster.width, raster.height, budget));
  }
  return std::move(*best);
}

}  // namespace

Pixels decode_jpeg(base::ByteView jpeg) {
  if (jpeg.empty()) refuse("there is none");
  Pixels pixels;
  ErrorManager manager;
  prepare(manager);
  jpeg_decompress_struct info;
  info.err = &manager.base;
  jpeg_create_decompress(&info);
  const Decoded decoded = decode_into(jpeg, pixels, info, manager);
  const auto width = info.image_width;
  const auto height = info.image_height;
  jpeg_destroy_decompress(&info);
  switch (decoded) {
    case Decoded::Well:
      return pixels;
    case Decoded::TooLarge:
      refuse(fmt::format("it has {} × {} pixels and {} on a side are allowed", width, height, kLargestPortraitSide));
    case Decoded::WrongColors:
      refuse("it is neither RGB nor gray");
    case Decoded::Failed:
      break;
  }
  refuse(manager.message[0] != '\0' ? fmt::format("it is no sound JPEG: {}", manager.message.data())
                                    : "it is a damaged or shortened JPEG");
}

base::Bytes encode_jpeg(const Pixels& pixels, std::size_t budget) {
  return encode_within({pixels.width, pixels.height, 3, pixels.rgb}, budget);
}

base::Bytes encode_jpeg(const GrayPixels& pixels, std::size_t budget) {
  return encode_within({pixels.width, pixels.height, 1, pixels.gray}, budget);
}

}  // namespace artwork
