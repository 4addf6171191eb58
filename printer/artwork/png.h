#pragma once
// A painted surface as PNG: RGB, no filter and the fastest compression (cairo_surface_write_to_png takes three times as
// long and makes larger files of these pictures), with its resolution in pHYs so that it prints at its true size.

#include <cairo.h>

#include "pki/base/core/bytes.h"

namespace artwork {

// surface: CAIRO_FORMAT_RGB24, finished painting. Throws base::Error{AskOperator} when libpng fails.
base::Bytes write_png(cairo_surface_t* surface, int dpi);

}  // namespace artwork
