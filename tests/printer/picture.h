#pragma once
// A PNG as gray pixels, for the readers and for looking at single dots.

#include "pki/base/core/bytes.h"

struct Gray {
  int width = 0;
  int height = 0;
  base::Bytes pixels;  // one byte a pixel
  int at(int x, int y) const;
};

Gray gray_of(base::ByteView png);

// Two independent QR readers; each returns the bytes of the one symbol in the picture, "" when it sees none.
std::string read_with_zbar(const Gray& picture);
std::string read_with_zxing(const Gray& picture);
