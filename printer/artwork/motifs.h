#pragma once
// The shipped line art: original drawings made of circles, waves and petals. They stand where the official card has its
// emblem, map, bronze drum and lotus, and claim to be none of them.

#include <cairo.h>

#include "printer/artwork/design.h"

namespace artwork {

// User unit: 1 mm.
void draw_background(cairo_t* cairo, const Background& background, double width, double height);
void draw_motif(cairo_t* cairo, const Motif& motif);

}  // namespace artwork
