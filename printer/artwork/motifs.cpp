#include "printer/artwork/motifs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace artwork {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr Color kGold{0.96, 0.78, 0.20, 1};

void use(cairo_t* cairo, const Color& color) {
  cairo_set_source_rgba(cairo, color.red, color.green, color.blue, color.alpha);
}

void circle(cairo_t* cairo, double x, double y, double radius) {
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, x, y, radius, 0, kTurn);
}

void rounded(cairo_t* cairo, const Box& box, double radius) {
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, box.x + box.width - radius, box.y + radius, radius, -kTurn / 4, 0);
  cairo_arc(cairo, box.x + box.width - radius, box.y + box.height - radius, radius, 0, kTurn / 4);
  cairo_arc(cairo, box.x + radius, box.y + box.height - radius, radius, kTurn / 4, kTurn / 2);
  cairo_arc(cairo, box.x + radius, box.y + radius, radius, kTurn / 2, 3 * kTurn / 4);
  cairo_close_path(cairo);
}

// A star with its first point up; `inner` is the radius of the corners between the points.
void star(cairo_t* cairo, double x, double y, int points, double outer, double inner) {
  cairo_new_sub_path(cairo);
  for (int i = 0; i < 2 * points; ++i) {
    const double angle = kTurn * i / (2.0 * points) - kTurn / 4;
    const double radius = i % 2 == 0 ? outer : inner;
    cairo_line_to(cairo, x + radius * std::cos(angle), y + radius * std::sin(angle));
  }
  cairo_close_path(cairo);
}

// The curve y = shape(u), u from 0 to 1 across the box, in units of the box's height.
template <class Shape>
void wave(cairo_t* cairo, const Box& box, Shape shape) {
  constexpr int kSteps = 160;
  for (int i = 0; i <= kSteps; ++i) {
    const double u = static_cast<double>(i) / kSteps;
    cairo_line_to(cairo, box.x + u * box.width, box.y + shape(u) * box.height);
  }
  cairo_stroke(cairo);
}

void guilloche(cairo_t* cairo, const Box& box) {
  constexpr int kLines = 34;
  for (int i = 0; i < kLines; ++i) {
    const double t = static_cast<double>(i) / (kLines - 1);
    wave(cairo, box, [t](double u) {
      return t + 0.085 * std::sin(kTurn * (1.5 * u + 0.8 * t)) + 0.030 * std::sin(kTurn * (4.0 * u - 1.6 * t));
    });
  }
}

void curves(cairo_t* cairo, const Box& box) {
  constexpr int kLines = 22;
  for (int i = 0; i < kLines; ++i) {
    const double t = static_cast<double>(i) / (kLines - 1);
    for (const double side : {-1.0, 1.0}) {
      wave(cairo, box, [t, side](double u) {
        return 0.5 + side * (0.62 * (t - 0.5) * std::cos(kTurn * 0.75 * u) + 0.34 * std::sin(kTurn * (u + 0.12 * t)));
      });
    }
  }
}

void ring_of_circles(cairo_t* cairo, double x, double y, double radius, double small, int count) {
  for (int i = 0; i < count; ++i) {
    const double angle = kTurn * i / count;
    circle(cairo, x + radius * std::cos(angle), y + radius * std::sin(angle), small);
    circle(cairo, x + radius * std::cos(angle), y + radius * std::sin(angle), small * 0.35);
  }
  cairo_stroke(cairo);
}

void zigzag(cairo_t* cairo, double x, double y, double inner, double outer, int teeth) {
  star(cairo, x, y, teeth, outer, inner);
  cairo_stroke(cairo);
}

void radial_comb(cairo_t* cairo, double x, double y, double inner, double outer, int count) {
  for (int i = 0; i < count; ++i) {
    const double angle = kTurn * i / count;
    cairo_move_to(cairo, x + inner * std::cos(angle), y + inner * std::sin(angle));
    cairo_line_to(cairo, x + outer * std::cos(angle), y + outer * std::sin(angle));
  }
  cairo_stroke(cairo);
}

void drum(cairo_t* cairo, const Box& box) {
  const double x = box.x + box.width / 2;
  const double y = box.y + box.height / 2;
  const double radius = std::min(box.width, box.height) / 2;
  for (const double part : {0.985, 0.955, 0.845, 0.825, 0.665, 0.645, 0.475, 0.455, 0.335}) {
    circle(cairo, x, y, radius * part);
    cairo_stroke(cairo);
  }
  star(cairo, x, y, 14, radius * 0.325, radius * 0.12);
  cairo_stroke(cairo);
  circle(cairo, x, y, radius * 0.085);
  cairo_stroke(cairo);
  zigzag(cairo, x, y, radius * 0.345, radius * 0.445, 28);
  ring_of_circles(cairo, x, y, radius * 0.56, radius * 0.062, 26);
  zigzag(cairo, x, y, radius * 0.675, radius * 0.745, 44);
  zigzag(cairo, x, y, radius * 0.815, radius * 0.745, 44);
  radial_comb(cairo, x, y, radius * 0.865, radius * 0.935, 96);
}

// Parallel bands in the form of an S, and two sprinkles of dots to the east of it.
void ribbon(cairo_t* cairo, const Box& box) {
  constexpr int kBands = 11;
  cairo_save(cairo);
  cairo_translate(cairo, box.x, box.y);
  for (int i = 0; i < kBands; ++i) {
    const double t = static_cast<double>(i) / (kBands - 1) - 0.5;
    const double wide = box.width * 0.34 * t;
    const double narrow = box.width * 0.10 * t;
    cairo_move_to(cairo, box.width * 0.22 + wide, 0);
    cairo_curve_to(cairo, box.width * 0.62 + wide, box.height * 0.16, box.width * 0.06 + narrow, box.height * 0.26,
                   box.width * 0.34 + narrow, box.height * 0.46);
    cairo_curve_to(cairo, box.width * 0.62 + narrow, box.height * 0.66, box.width * 0.66 + wide, box.height * 0.74,
                   box.width * 0.26 + wide, box.height);
  }
  cairo_stroke(cairo);
  constexpr std::array<std::array<double, 2>, 11> kDots{{{0.78, 0.42},
                                                         {0.83, 0.44},
                                                         {0.80, 0.47},
                                                         {0.86, 0.46},
                                                         {0.74, 0.45},
                                                         {0.86, 0.78},
                                                         {0.91, 0.81},
                                                         {0.83, 0.83},
                                                         {0.95, 0.77},
                                                         {0.89, 0.86},
                                                         {0.96, 0.84}}};
  for (const auto& [x, y] : kDots) {
    circle(cairo, box.width * x, box.height * y, 0.16);
    cairo_fill(cairo);
  }
  cairo_restore(cairo);
}

// One petal from the origin upward.
void petal(cairo_t* cairo, double length, double width) {
  for (const double side : {-1.0, 1.0}) {
    cairo_move_to(cairo, 0, 0);
    cairo_curve_to(cairo, side * width, -0.35 * length, side * width * 0.75, -0.8 * length, 0, -length);
    cairo_move_to(cairo, 0, -0.12 * length);
    cairo_curve_to(cairo, side * width * 0.5, -0.4 * length, side * width * 0.35, -0.75 * length, 0, -0.9 * length);
  }
  cairo_stroke(cairo);
}

void lotus(cairo_t* cairo, const Box& box) {
  cairo_save(cairo);
  cairo_translate(cairo, box.x + box.width / 2, box.y + box.height * 0.80);
  const double length = std::min(box.width * 0.5, box.height * 0.78);
  for (const double degrees : {-78.0, -58.0, -38.0, -19.0, 0.0, 19.0, 38.0, 58.0, 78.0}) {
    cairo_save(cairo);
    cairo_rotate(cairo, degrees / 360 * kTurn);
    petal(cairo, length * (1 - 0.0016 * std::abs(degrees)), length * 0.24);
    cairo_restore(cairo);
  }
  for (int i = 1; i <= 5; ++i) {  // ripples under the flower
    const double reach = length * (0.35 + 0.16 * i);
    const double y = length * 0.05 * i;
    cairo_move_to(cairo, -reach, y);
    cairo_curve_to(cairo, -reach / 3, y + length * 0.05, reach / 3, y + length * 0.05, reach, y);
  }
  cairo_stroke(cairo);
  cairo_restore(cairo);
}

void emblem(cairo_t* cairo, const Motif& motif) {
  const double x = motif.box.x + motif.box.width / 2;
  const double y = motif.box.y + motif.box.height / 2;
  const double radius = std::min(motif.box.width, motif.box.height) / 2;
  use(cairo, kGold);
  circle(cairo, x, y, radius);
  cairo_fill(cairo);
  use(cairo, motif.color);
  circle(cairo, x, y, radius * 0.94);
  cairo_fill(cairo);
  use(cairo, kGold);
  constexpr int kGrains = 36;
  for (int i = 0; i < kGrains; ++i) {
    cairo_save(cairo);
    cairo_translate(cairo, x, y);
    cairo_rotate(cairo, kTurn * i / kGrains);
    cairo_translate(cairo, 0, -radius * 0.80);
    cairo_rotate(cairo, kTurn / 14);
    cairo_scale(cairo, radius * 0.038, radius * 0.085);
    circle(cairo, 0, 0, 1);
    cairo_fill(cairo);
    cairo_restore(cairo);
  }
  cairo_set_line_width(cairo, motif.line);
  circle(cairo, x, y, radius * 0.66);
  cairo_stroke(cairo);
  star(cairo, x, y, 5, radius * 0.52, radius * 0.52 * 0.382);  // 0.382: the pentagram's inner corners
  cairo_fill(cairo);
}

// The mark of a document with a chip: a frame, a bar across it, a disc in the middle (9303-9 §2.3 in outline).
void chip_symbol(cairo_t* cairo, const Box& box) {
  const double x = box.x + box.width / 2;
  const double y = box.y + box.height / 2;
  const double radius = box.height * 0.26;
  rounded(cairo, box, box.height * 0.12);
  cairo_move_to(cairo, box.x, y);
  cairo_line_to(cairo, x - radius, y);
  cairo_move_to(cairo, x + radius, y);
  cairo_line_to(cairo, box.x + box.width, y);
  circle(cairo, x, y, radius);
  cairo_stroke(cairo);
}

// Contacts C1–C8 (ISO/IEC 7816-2) around a middle field.
void contact_module(cairo_t* cairo, const Motif& motif) {
  const Box& box = motif.box;
  cairo_pattern_t* const shine = cairo_pattern_create_linear(box.x, box.y, box.x + box.width, box.y + box.height);
  cairo_pattern_add_color_stop_rgb(shine, 0, 0.93, 0.82, 0.52);
  cairo_pattern_add_color_stop_rgb(shine, 0.5, 0.98, 0.93, 0.74);
  cairo_pattern_add_color_stop_rgb(shine, 1, 0.86, 0.72, 0.40);
  cairo_set_source(cairo, shine);
  rounded(cairo, box, 1.6);
  cairo_fill_preserve(cairo);
  cairo_pattern_destroy(shine);
  use(cairo, motif.color);
  cairo_stroke(cairo);
  const Box middle{box.x + box.width * 0.36, box.y + box.height * 0.27, box.width * 0.28, box.height * 0.46};
  rounded(cairo, middle, 1.0);
  const double right = box.x + box.width;
  for (const double part : {0.27, 0.5, 0.73}) {
    const double y = box.y + box.height * part;
    cairo_move_to(cairo, box.x, y);
    cairo_line_to(cairo, middle.x + (part == 0.5 ? 0 : 1.0), y);
    cairo_move_to(cairo, right, y);
    cairo_line_to(cairo, middle.x + middle.width - (part == 0.5 ? 0 : 1.0), y);
  }
  const double x = box.x + box.width / 2;
  cairo_move_to(cairo, x, box.y);
  cairo_line_to(cairo, x, middle.y);
  cairo_move_to(cairo, x, middle.y + middle.height);
  cairo_line_to(cairo, x, box.y + box.height);
  cairo_stroke(cairo);
}

}  // namespace

void draw_background(cairo_t* cairo, const Background& background, double width, double height) {
  cairo_pattern_t* const colors = cairo_pattern_create_linear(0, 0, width, height * 0.25);
  for (const auto& [at, color] : {std::pair{0.0, background.edge}, {0.5, background.middle}, {1.0, background.edge}})
    cairo_pattern_add_color_stop_rgb(colors, at, color.red, color.green, color.blue);
  cairo_set_source(cairo, colors);
  cairo_paint(cairo);  // also the part of a dot beyond the edge
  cairo_pattern_destroy(colors);
}

void draw_motif(cairo_t* cairo, const Motif& motif) {
  cairo_save(cairo);
  cairo_rectangle(cairo, motif.box.x - motif.line, motif.box.y - motif.line, motif.box.width + 2 * motif.line,
                  motif.box.height + 2 * motif.line);
  cairo_clip(cairo);
  use(cairo, motif.color);
  cairo_set_line_width(cairo, motif.line);
  cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
  switch (motif.kind) {
    case MotifKind::Guilloche:
      guilloche(cairo, motif.box);
      break;
    case MotifKind::Drum:
      drum(cairo, motif.box);
      break;
    case MotifKind::Ribbon:
      ribbon(cairo, motif.box);
      break;
    case MotifKind::Lotus:
      lotus(cairo, motif.box);
      break;
    case MotifKind::Curves:
      curves(cairo, motif.box);
      break;
    case MotifKind::Emblem:
      emblem(cairo, motif);
      break;
    case MotifKind::ChipSymbol:
      chip_symbol(cairo, motif.box);
      break;
    case MotifKind::ContactModule:
      contact_module(cairo, motif);
      break;
  }
  cairo_restore(cairo);
}

}  // namespace artwork
