// zbar guesses old Asian encodings unless it is told that the symbol holds bytes.
#include <zbar.h>

#include "tests/printer/picture.h"

std::string read_with_zbar(const Gray& picture) {
  zbar::ImageScanner scanner;
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_BINARY, 1);
  zbar::Image image(static_cast<unsigned>(picture.width), static_cast<unsigned>(picture.height), "Y800",
                    picture.pixels.data(), picture.pixels.size());
  if (scanner.scan(image) != 1) return {};
  return image.symbol_begin()->get_data();
}
