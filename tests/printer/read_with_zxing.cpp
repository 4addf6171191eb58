// The only file with zxing's headers: they define macros that clash with other people's names.
#include <ReadBarcode.h>

#include "tests/printer/picture.h"

std::string read_with_zxing(const Gray& picture) {
  ZXing::DecodeHints hints;
  hints.setFormats(ZXing::BarcodeFormat::QRCode);
  const ZXing::ImageView image(picture.pixels.data(), picture.width, picture.height, ZXing::ImageFormat::Lum);
  const ZXing::Result result = ZXing::ReadBarcode(image, hints);
  if (!result.isValid()) return {};
  return {result.bytes().begin(), result.bytes().end()};
}
