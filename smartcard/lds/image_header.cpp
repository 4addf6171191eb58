#include "smartcard/lds/image_header.h"

#include <algorithm>

#include "smartcard/lds/octets.h"

namespace lds {

namespace {

bool starts(base::ByteView image, base::ByteView magic) {
  return image.size() >= magic.size() && std::ranges::equal(image.first(magic.size()), magic);
}

constexpr std::uint8_t kPng[] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
constexpr std::uint8_t kJp2[] = {0, 0, 0, 0x0C, 'j', 'P', ' ', ' '};
constexpr std::uint8_t kCodestream[] = {0xFF, 0x4F, 0xFF, 0x51};
constexpr std::uint8_t kJpeg[] = {0xFF, 0xD8, 0xFF};
constexpr std::uint8_t kWsq[] = {0xFF, 0xA0, 0xFF};

// Walks marker segments from byte 2 on until `frame` likes one; gives its offset (behind the marker). T.81 §B.1.1.4.
template <typename Frame>
std::optional<std::size_t> find_segment(base::ByteView image, std::size_t least, Frame frame) {
  std::size_t at = 2;
  while (at + 4 <= image.size()) {
    if (image[at] != 0xFF) return std::nullopt;
    const std::size_t length = get16(image, at + 2);
    if (length < 2 || at + 2 + length > image.size()) return std::nullopt;
    if (frame(image[at + 1])) return length < least ? std::nullopt : std::optional(at + 2);
    at += 2 + length;
  }
  return std::nullopt;
}

std::optional<ImageHeader> jpeg(base::ByteView image) {
  if (image[image.size() - 2] != 0xFF || image.back() != 0xD9) return std::nullopt;
  const auto at = find_segment(image, 8, [](std::uint8_t marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  });
  if (!at) return std::nullopt;
  return ImageHeader{Picture::Jpeg, get16(image, *at + 5), get16(image, *at + 3), image[*at + 7]};
}

std::optional<ImageHeader> wsq(base::ByteView image) {
  const auto at = find_segment(image, 8, [](std::uint8_t marker) { return marker == 0xA2; });
  if (!at) return std::nullopt;
  return ImageHeader{Picture::Wsq, get16(image, *at + 6), get16(image, *at + 4), 1};
}

std::optional<ImageHeader> png(base::ByteView image) {
  if (image.size() < 26 || get32(image, 12) != 0x49484452) return std::nullopt;  // IHDR stands first
  const std::uint8_t color = image[25];
  return ImageHeader{Picture::Png, get32(image, 16), get32(image, 20),
                     static_cast<std::uint8_t>((color & 2) != 0 ? 3 : 1)};
}

// SIZ: Lsiz, Rsiz, Xsiz, Ysiz, XOsiz, YOsiz, tile sizes and offsets, Csiz.
std::optional<ImageHeader> codestream(base::ByteView image) {
  if (image.size() < 42 || !starts(image, kCodestream)) return std::nullopt;
  const std::uint32_t right = get32(image, 8), bottom = get32(image, 12);
  const std::uint32_t left = get32(image, 16), top = get32(image, 20);
  if (left >= right || top >= bottom) return std::nullopt;
  const std::uint32_t components = get16(image, 40);
  if (components > 0xFF) return std::nullopt;
  return ImageHeader{Picture::Jpeg2000, right - left, bottom - top, static_cast<std::uint8_t>(components)};
}

// T.800 §I.4: boxes of length and type; the codestream stands in "jp2c".
std::optional<ImageHeader> jp2(base::ByteView image) {
  while (image.size() >= 8) {
    std::uint64_t length = get32(image, 0);
    std::size_t head = 8;
    if (length == 1) {
      if (image.size() < 16 || get32(image, 8) != 0) return std::nullopt;
      length = get32(image, 12);
      head = 16;
    }
    if (length == 0) length = image.size();
    if (length < head || length > image.size()) return std::nullopt;
    if (get32(image, 4) == 0x6A703263) return codestream(image.subspan(head));
    image = image.subspan(static_cast<std::size_t>(length));
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageHeader> image_header(base::ByteView image) {
  std::optional<ImageHeader> header;
  if (starts(image, kJpeg)) header = jpeg(image);
  if (starts(image, kWsq)) header = wsq(image);
  if (starts(image, kPng)) header = png(image);
  if (starts(image, kJp2)) header = jp2(image);
  if (starts(image, kCodestream)) header = codestream(image);
  if (header && (header->width == 0 || header->height == 0)) return std::nullopt;
  return header;
}

}  // namespace lds
