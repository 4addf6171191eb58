#pragma once
// One text of a card, set into its place or refused: never cut, never with a foreign font, never with a box for a
// missing glyph.

#include <cairo.h>

#include <string>

#include "printer/artwork/fonts.h"

namespace artwork {

struct TextPlace {
  double x, y, width;  // mm; y is the first base line
  Align align;
  int lines;
  double spacing;    // mm between base lines
  double shrink_to;  // em, mm: down to here a text is shrunk before it is broken into lines
  double smallest;   // em, mm: below this it is refused
};

// what: the field and its line in the layout file, for the message ("full_name (adult-2024.toml:57)"). `italic_from` is
// the byte at which the text turns to italics (its size when nowhere). Throws base::Error{FixConfiguration}.
void set_text(cairo_t* cairo, const Fonts& fonts, const Style& style, const std::string& text, std::size_t italic_from,
              const TextPlace& place, const std::string& what);

// A line of characters of one width, with the first at x and every next one `pitch` further on: the MRZ.
void set_pitched_line(cairo_t* cairo, const Fonts& fonts, const Style& style, const std::string& text, double x,
                      double y, double pitch, const std::string& what);

}  // namespace artwork
