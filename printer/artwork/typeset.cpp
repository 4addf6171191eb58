#include "printer/artwork/typeset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "pki/base/core/error.h"

namespace artwork {

namespace {

constexpr double kShrinkStep = 0.05;       // mm of em
constexpr double kTightest = 1.1;          // base line to base line, in em
constexpr double kPitchTolerance = 0.002;  // mm: over 30 characters a sixteenth of a millimetre

[[noreturn]] void refuse(const std::string& what, std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, fmt::format("painting {}", what), std::move(seen));
}

double to_mm(int pango) {
  return static_cast<double>(pango) / PANGO_SCALE;
}

struct FreeAttributes {
  void operator()(PangoAttrList* list) const noexcept { pango_attr_list_unref(list); }
};

// Controls, bidirectional overrides, line and paragraph separators, private and unassigned code points are no text for
// a card: they print nothing or reorder what is printed.
void check_printable(const std::string& text, const std::string& what) {
  if (text.empty()) refuse(what, "the text is empty");
  if (g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) == FALSE)
    refuse(what, "the text is not UTF-8");
  for (const char* at = text.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
    const gunichar c = g_utf8_get_char(at);
    switch (g_unichar_type(c)) {
      case G_UNICODE_CONTROL:
      case G_UNICODE_FORMAT:
      case G_UNICODE_LINE_SEPARATOR:
      case G_UNICODE_PARAGRAPH_SEPARATOR:
      case G_UNICODE_PRIVATE_USE:
      case G_UNICODE_SURROGATE:
      case G_UNICODE_UNASSIGNED:
        refuse(what, fmt::format("the text holds U+{:04X}, which is no printable character", c));
      default:
        break;
    }
  }
}

class Setter {
 public:
  Setter(cairo_t* cairo, const Fonts& fonts, const Style& style, const std::string& text, std::size_t italic_from,
         const std::string& what)
      : cairo_(cairo),
        fonts_(fonts),
        style_(style),
        text_(text),
        what_(what),
        context_(fonts.context(cairo)),
        layout_(pango_layout_new(context_.get())) {
    check_printable(text, what);
    pango_layout_set_text(layout_.get(), text.data(), static_cast<int>(text.size()));
    pango_layout_set_auto_dir(layout_.get(), FALSE);
    const std::unique_ptr<PangoAttrList, FreeAttributes> attributes(pango_attr_list_new());
    pango_attr_list_insert(attributes.get(), pango_attr_fallback_new(FALSE));
    if (italic_from < text.size()) {
      PangoAttribute* const italic = pango_attr_style_new(PANGO_STYLE_ITALIC);
      italic->start_index = static_cast<guint>(italic_from);
      pango_attr_list_insert(attributes.get(), italic);
    }
    pango_layout_set_attributes(layout_.get(), attributes.get());
    size(style.size);
    refuse_missing_glyphs();
  }

  void size(double em) { pango_layout_set_font_description(layout_.get(), fonts_.describe(style_, em).get()); }

  int lines() const { return pango_layout_get_line_count(layout_.get()); }

  double line_width(int line) const {
    PangoRectangle logical;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(layout_.get(), line), nullptr, &logical);
    return to_mm(logical.width);
  }

  // Broken at spaces into at most `most` lines, none wider than `width`?
  bool fits(double em, double width, int most) {
    size(em);
    pango_layout_set_wrap(layout_.get(), PANGO_WRAP_WORD);
    pango_layout_set_width(layout_.get(), static_cast<int>(std::floor(width * PANGO_SCALE)));
    if (lines() > most) return false;
    for (int i = 0; i < lines(); ++i)
      if (line_width(i) > width) return false;
    return true;
  }

  void show_line(int line, double x, double y) {
    const Color& color = style_.color;
    cairo_set_source_rgba(cairo_, color.red, color.green, color.blue, color.alpha);
    cairo_move_to(cairo_, x, y);
    pango_cairo_show_layout_line(cairo_, pango_layout_get_line_readonly(layout_.get(), line));
  }

 private:
  void refuse_missing_glyphs() {
    if (pango_layout_get_unknown_glyphs_count(layout_.get()) == 0) return;
    const auto font = fonts_.load(context_.get(), fonts_.describe(style_, style_.size).get());
    for (const char* at = text_.c_str(); *at != '\0'; at = g_utf8_next_char(at)) {
      const gunichar c = g_utf8_get_char(at);
      if (pango_font_has_char(font.get(), c) == FALSE)
        refuse(what_, fmt::format("the font {} has no glyph for U+{:04X}", style_.family, c));
    }
    refuse(what_, fmt::format("the font {} lacks a glyph for a combination in the text", style_.family));
  }

  cairo_t* cairo_;
  const Fonts& fonts_;
  const Style& style_;
  const std::string& text_;
  const std::string& what_;
  GObjectPtr<PangoContext> context_;
  GObjectPtr<PangoLayout> layout_;
};

double left_of(const TextPlace& place, double line_width) {
  switch (place.align) {
    case Align::Left:
      return place.x;
    case Align::Center:
      return place.x + (place.width - line_width) / 2;
    case Align::Right:
      return place.x + place.width - line_width;
  }
  return place.x;
}

// Down to `shrink_to`, fewer lines are better than larger letters; below it, larger letters are better. Lines closer
// than kTightest would let marks above one line touch the letters of the line before.
bool choose_size(Setter& setter, const Style& style, const TextPlace& place) {
  const auto sizes = [&style](double smallest) {
    return static_cast<int>(std::floor((style.size - smallest) / kShrinkStep + 1e-9));
  };
  const auto fits = [&](int step, int lines) {
    const double em = style.size - step * kShrinkStep;
    return (lines == 1 || em * kTightest <= place.spacing) && setter.fits(em, place.width, lines);
  };
  for (int lines = 1; lines <= place.lines; ++lines) {
    for (int step = 0; step <= sizes(place.shrink_to); ++step)
      if (fits(step, lines)) return true;
  }
  for (int step = sizes(place.shrink_to) + 1; step <= sizes(place.smallest); ++step) {
    for (int lines = 1; lines <= place.lines; ++lines)
      if (fits(step, lines)) return true;
  }
  return false;
}

}  // namespace

void set_text(cairo_t* cairo, const Fonts& fonts, const Style& style, const std::string& text, std::size_t italic_from,
              const TextPlace& place, const std::string& what) {
  Setter setter(cairo, fonts, style, text, italic_from, what);
  if (!choose_size(setter, style, place)) {
    refuse(what, fmt::format("the text ({} characters) does not fit into {} line(s) of {:.1f} mm, not even {:.2f} mm "
                             "high; a text is never cut",
                             g_utf8_strlen(text.data(), static_cast<gssize>(text.size())), place.lines, place.width,
                             place.smallest));
  }
  for (int i = 0; i < setter.lines(); ++i)
    setter.show_line(i, left_of(place, setter.line_width(i)), place.y + i * place.spacing);
}

void set_pitched_line(cairo_t* cairo, const Fonts& fonts, const Style& style, const std::string& text, double x,
                      double y, double pitch, const std::string& what) {
  Setter setter(cairo, fonts, style, text, text.size(), what);
  const auto characters = static_cast<double>(text.size());
  const double advance = setter.line_width(0) / characters;
  if (std::abs(advance - pitch) > kPitchTolerance) {
    refuse(what, fmt::format("the font {} at {:.3f} mm advances by {:.3f} mm and the pitch is {:.3f} mm; its size must "
                             "be {:.3f}",
                             style.family, style.size, advance, pitch, style.size * pitch / advance));
  }
  setter.show_line(0, x, y);
}

}  // namespace artwork
