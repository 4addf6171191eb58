#include "printer/artwork/portrait.h"

#include <cairo.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <numbers>
#include <random>

#include "pki/base/core/error.h"
#include "printer/artwork/jpeg.h"

namespace artwork {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr double kCenter = kPortraitWidth / 2.0;
constexpr double kFaceY = 268;  // middle of the face
constexpr int kBlurPasses = 2;

struct Rgb {
  double red, green, blue;
};

struct Looks {
  Rgb skin, hair, shirt, backdrop;
  double face_width, face_height;  // half axes, pixels
  double eye_distance, brow, mouth, nose;
  bool long_hair;
  int fringe;  // 0 parted on the left, 1 on the right, 2 straight
  bool collar;
};

// mt19937_64 gives the same numbers on every machine; the library's distributions need not.
class Choice {
 public:
  // Neighboring seeds start alike; the golden ratio's multiples lie far apart.
  explicit Choice(std::uint64_t seed) : engine_((seed + 1) * 0x9E3779B97F4A7C15U) {}
  double between(double low, double high) {
    constexpr double kSteps = 4096;
    return low + (high - low) * static_cast<double>((engine_() >> 32U) % 4096) / kSteps;
  }
  std::size_t index(std::size_t count) { return static_cast<std::size_t>((engine_() >> 32U) % count); }

 private:
  std::mt19937_64 engine_;
};

Looks choose(std::uint64_t seed, std::optional<document::Sex> sex) {
  constexpr std::array<Rgb, 5> kSkins{
      {{0.95, 0.80, 0.68}, {0.92, 0.75, 0.61}, {0.87, 0.69, 0.54}, {0.80, 0.61, 0.46}, {0.72, 0.53, 0.39}}};
  constexpr std::array<Rgb, 4> kHairs{{{0.09, 0.08, 0.09}, {0.15, 0.11, 0.09}, {0.22, 0.15, 0.11}, {0.42, 0.41, 0.42}}};
  constexpr std::array<Rgb, 6> kShirts{{{0.22, 0.32, 0.50},
                                        {0.90, 0.91, 0.93},
                                        {0.45, 0.16, 0.20},
                                        {0.16, 0.36, 0.31},
                                        {0.26, 0.26, 0.30},
                                        {0.62, 0.68, 0.78}}};
  Choice choice(seed);
  Looks looks{};
  looks.skin = kSkins.at(choice.index(kSkins.size()));
  looks.hair = kHairs.at(choice.index(kHairs.size()));
  looks.shirt = kShirts.at(choice.index(kShirts.size()));
  const double white = choice.between(0.93, 0.975);
  looks.backdrop = {white, white, white + 0.012};
  looks.face_width = choice.between(97, 111);
  looks.face_height = choice.between(132, 146);
  looks.eye_distance = choice.between(42, 49);
  looks.brow = choice.between(4.5, 8.5);
  looks.mouth = choice.between(30, 40);
  looks.nose = choice.between(15, 21);
  looks.long_hair = choice.index(2) == 1;
  looks.fringe = static_cast<int>(choice.index(3));
  looks.collar = choice.index(3) != 0;
  if (sex) looks.long_hair = *sex == document::Sex::Female;
  return looks;
}

Rgb shade(const Rgb& color, double factor) {
  return {std::min(1.0, color.red * factor), std::min(1.0, color.green * factor), std::min(1.0, color.blue * factor)};
}

void use(cairo_t* cairo, const Rgb& color, double alpha = 1) {
  cairo_set_source_rgba(cairo, color.red, color.green, color.blue, alpha);
}

void ellipse(cairo_t* cairo, double x, double y, double width, double height) {
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  cairo_scale(cairo, width, height);
  cairo_new_sub_path(cairo);
  cairo_arc(cairo, 0, 0, 1, 0, kTurn);
  cairo_restore(cairo);
}

// A soft round shadow or light: the color fades from the middle to nothing.
void glow(cairo_t* cairo, double x, double y, double width, double height, const Rgb& color, double alpha) {
  cairo_pattern_t* const fade = cairo_pattern_create_radial(0, 0, 0, 0, 0, 1);
  cairo_pattern_add_color_stop_rgba(fade, 0, color.red, color.green, color.blue, alpha);
  cairo_pattern_add_color_stop_rgba(fade, 1, color.red, color.green, color.blue, 0);
  cairo_save(cairo);
  cairo_translate(cairo, x, y);
  cairo_scale(cairo, width, height);
  cairo_set_source(cairo, fade);
  cairo_arc(cairo, 0, 0, 1, 0, kTurn);
  cairo_fill(cairo);
  cairo_restore(cairo);
  cairo_pattern_destroy(fade);
}

void draw_backdrop(cairo_t* cairo, const Looks& looks) {
  cairo_pattern_t* const light = cairo_pattern_create_radial(kCenter, 240, 60, kCenter, 280, 460);
  const Rgb edge = shade(looks.backdrop, 0.965);
  cairo_pattern_add_color_stop_rgb(light, 0, looks.backdrop.red, looks.backdrop.green, looks.backdrop.blue);
  cairo_pattern_add_color_stop_rgb(light, 1, edge.red, edge.green, edge.blue);
  cairo_set_source(cairo, light);
  cairo_paint(cairo);
  cairo_pattern_destroy(light);
}

void draw_hair_behind(cairo_t* cairo, const Looks& looks) {
  use(cairo, looks.hair);
  ellipse(cairo, kCenter, kFaceY - 26, looks.face_width + 20, looks.face_height + 8);
  cairo_fill(cairo);
  if (!looks.long_hair) return;
  const double side = looks.face_width + 24;
  cairo_move_to(cairo, kCenter - side + 4, kFaceY - 40);
  cairo_curve_to(cairo, kCenter - side - 14, kFaceY + 90, kCenter - side + 2, kFaceY + 190, kCenter - side + 34,
                 kFaceY + 226);
  cairo_line_to(cairo, kCenter + side - 34, kFaceY + 226);
  cairo_curve_to(cairo, kCenter + side - 2, kFaceY + 190, kCenter + side + 14, kFaceY + 90, kCenter + side - 4,
                 kFaceY - 40);
  cairo_close_path(cairo);
  cairo_fill(cairo);
}

void draw_body(cairo_t* cairo, const Looks& looks) {
  const double neck = looks.face_width * 0.50;
  use(cairo, shade(looks.skin, 0.90));
  cairo_rectangle(cairo, kCenter - neck, kFaceY + 70, neck * 2, 160);
  cairo_save(cairo);
  cairo_fill_preserve(cairo);
  cairo_clip(cairo);
  glow(cairo, kCenter, kFaceY + 128, neck * 1.35, 52, shade(looks.skin, 0.55), 0.55);  // the chin's shadow
  cairo_restore(cairo);
  use(cairo, looks.shirt);
  cairo_move_to(cairo, 26, kPortraitHeight);
  cairo_curve_to(cairo, 34, 528, 104, 492, kCenter - neck - 8, 464);
  cairo_curve_to(cairo, kCenter - neck + 12, 512, kCenter + neck - 12, 512, kCenter + neck + 8, 464);
  cairo_curve_to(cairo, 376, 492, 446, 528, 454, kPortraitHeight);
  cairo_close_path(cairo);
  cairo_save(cairo);
  cairo_fill_preserve(cairo);
  cairo_clip(cairo);
  glow(cairo, 70, 640, 110, 150, shade(looks.shirt, 0.45), 0.30);
  glow(cairo, 410, 640, 110, 150, shade(looks.shirt, 0.45), 0.30);
  cairo_restore(cairo);
  if (!looks.collar) return;
  for (const double side : {-1.0, 1.0}) {
    use(cairo, shade(looks.shirt, 1.18));
    cairo_move_to(cairo, kCenter + side * (neck + 8), 458);
    cairo_line_to(cairo, kCenter + side * (neck + 26), 492);
    cairo_line_to(cairo, kCenter + side * 34, 560);
    cairo_line_to(cairo, kCenter, 520);
    cairo_close_path(cairo);
    cairo_fill_preserve(cairo);
    use(cairo, shade(looks.shirt, 0.6), 0.6);
    cairo_set_line_width(cairo, 2);
    cairo_stroke(cairo);
  }
}

void draw_head(cairo_t* cairo, const Looks& looks) {
  for (const double side : {-1.0, 1.0}) {
    use(cairo, shade(looks.skin, 0.93));
    ellipse(cairo, kCenter + side * (looks.face_width + 3), kFaceY + 12, 14, 29);
    cairo_fill(cairo);
    glow(cairo, kCenter + side * (looks.face_width + 3), kFaceY + 12, 8, 19, shade(looks.skin, 0.65), 0.5);
  }
  use(cairo, looks.skin);
  const double width = looks.face_width;
  const double top = kFaceY - looks.face_height;
  const double chin = kFaceY + looks.face_height;
  cairo_move_to(cairo, kCenter, top);
  cairo_curve_to(cairo, kCenter + width * 1.12, top, kCenter + width * 1.14, kFaceY + 46, kCenter + width * 0.62,
                 kFaceY + 104);
  cairo_curve_to(cairo, kCenter + width * 0.36, chin, kCenter - width * 0.36, chin, kCenter - width * 0.62,
                 kFaceY + 104);
  cairo_curve_to(cairo, kCenter - width * 1.14, kFaceY + 46, kCenter - width * 1.12, top, kCenter, top);
  cairo_save(cairo);
  cairo_fill_preserve(cairo);
  cairo_clip(cairo);
  for (const double side : {-1.0, 1.0}) {
    glow(cairo, kCenter + side * width * 0.86, kFaceY + 30, 36, 105, shade(looks.skin, 0.70), 0.40);
    glow(cairo, kCenter + side * width * 0.52, kFaceY + 48, 34, 26, {0.90, 0.45, 0.38}, 0.16);  // cheeks
  }
  glow(cairo, kCenter - 16, kFaceY - 62, 74, 50, {1, 1, 1}, 0.16);  // light on the forehead
  cairo_restore(cairo);
}

void draw_eye(cairo_t* cairo, const Looks& looks, double side) {
  const double x = kCenter + side * looks.eye_distance;
  const double y = kFaceY - 12;
  glow(cairo, x, y - 4, 34, 22, shade(looks.skin, 0.62), 0.42);
  cairo_move_to(cairo, x - 22, y + 2);
  cairo_curve_to(cairo, x - 11, y - 13, x + 11, y - 13, x + 22, y + 2);
  cairo_curve_to(cairo, x + 10, y + 10, x - 10, y + 10, x - 22, y + 2);
  cairo_close_path(cairo);
  cairo_save(cairo);
  use(cairo, {0.97, 0.96, 0.94});
  cairo_fill_preserve(cairo);
  cairo_clip(cairo);
  use(cairo, {0.20, 0.12, 0.08});
  ellipse(cairo, x, y - 1, 10, 10);
  cairo_fill(cairo);
  use(cairo, {0.03, 0.03, 0.03});
  ellipse(cairo, x, y - 1, 5, 5);
  cairo_fill(cairo);
  use(cairo, {1, 1, 1}, 0.85);
  ellipse(cairo, x - 3, y - 4, 2.2, 2.2);
  cairo_fill(cairo);
  cairo_restore(cairo);
  use(cairo, shade(looks.hair, 0.8), 0.9);
  cairo_set_line_width(cairo, 3.4);
  cairo_move_to(cairo, x - 23, y + 2);
  cairo_curve_to(cairo, x - 11, y - 14, x + 11, y - 14, x + 23, y + 2);
  cairo_stroke(cairo);
  use(cairo, looks.hair, 0.88);
  cairo_set_line_width(cairo, looks.brow);
  cairo_move_to(cairo, x - side * 22, y - 27);
  cairo_curve_to(cairo, x - side * 6, y - 37, x + side * 14, y - 36, x + side * 29, y - 24);
  cairo_stroke(cairo);
}

void draw_features(cairo_t* cairo, const Looks& looks) {
  cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
  for (const double side : {-1.0, 1.0}) draw_eye(cairo, looks, side);
  const double nose_y = kFaceY + 42;
  glow(cairo, kCenter, nose_y + 8, looks.nose * 1.5, 13, shade(looks.skin, 0.60), 0.45);
  glow(cairo, kCenter - 3, nose_y - 22, 9, 34, {1, 1, 1}, 0.22);
  use(cairo, shade(looks.skin, 0.55), 0.75);
  cairo_set_line_width(cairo, 2.6);
  for (const double side : {-1.0, 1.0}) {
    cairo_move_to(cairo, kCenter + side * looks.nose, nose_y + 2);
    cairo_curve_to(cairo, kCenter + side * (looks.nose - 2), nose_y + 11, kCenter + side * 6, nose_y + 7,
                   kCenter + side * 4, nose_y + 10);
    cairo_stroke(cairo);
  }
  const double mouth_y = kFaceY + 84;
  use(cairo, {looks.skin.red * 0.80, looks.skin.green * 0.54, looks.skin.blue * 0.54});
  cairo_move_to(cairo, kCenter - looks.mouth, mouth_y);
  cairo_curve_to(cairo, kCenter - 14, mouth_y - 11, kCenter - 5, mouth_y - 9, kCenter, mouth_y - 6);
  cairo_curve_to(cairo, kCenter + 5, mouth_y - 9, kCenter + 14, mouth_y - 11, kCenter + looks.mouth, mouth_y);
  cairo_curve_to(cairo, kCenter + 16, mouth_y + 15, kCenter - 16, mouth_y + 15, kCenter - looks.mouth, mouth_y);
  cairo_fill(cairo);
  use(cairo, {looks.skin.red * 0.42, looks.skin.green * 0.26, looks.skin.blue * 0.26}, 0.8);
  cairo_set_line_width(cairo, 2.2);
  cairo_move_to(cairo, kCenter - looks.mouth, mouth_y);
  cairo_curve_to(cairo, kCenter - 14, mouth_y + 3, kCenter + 14, mouth_y + 3, kCenter + looks.mouth, mouth_y);
  cairo_stroke(cairo);
}

// Hair over the forehead: from one temple over the crown to the other, back along the hair line.
void draw_fringe(cairo_t* cairo, const Looks& looks) {
  const double width = looks.face_width + 19;
  const double crown = kFaceY - looks.face_height - 30;
  const double part = looks.fringe == 2 ? 0 : (looks.fringe == 0 ? -0.42 : 0.42) * looks.face_width;
  const double line = looks.fringe == 2 ? kFaceY - 78 : kFaceY - 104;
  use(cairo, looks.hair);
  cairo_move_to(cairo, kCenter - width, kFaceY - 2);
  cairo_curve_to(cairo, kCenter - width - 6, crown + 20, kCenter - width * 0.55, crown, kCenter, crown);
  cairo_curve_to(cairo, kCenter + width * 0.55, crown, kCenter + width + 6, crown + 20, kCenter + width, kFaceY - 2);
  cairo_curve_to(cairo, kCenter + width - 16, kFaceY - 50, kCenter + width - 30, line + 8, kCenter + part, line - 10);
  cairo_curve_to(cairo, kCenter - width + 30, line + 8, kCenter - width + 16, kFaceY - 50, kCenter - width, kFaceY - 2);
  cairo_fill(cairo);
  glow(cairo, kCenter - 26, crown + 46, 72, 26, {1, 1, 1}, 0.13);
}

// Mean over 3 × 3 pixels of each color; `pixels` are RGB.
void blur(Pixels& pixels) {
  const base::Bytes from = pixels.rgb;
  const auto at = [&](int x, int y, int channel) {
    const int column = std::clamp(x, 0, pixels.width - 1);
    const int row = std::clamp(y, 0, pixels.height - 1);
    return static_cast<std::size_t>((row * pixels.width + column) * 3 + channel);
  };
  for (int y = 0; y < pixels.height; ++y) {
    for (int x = 0; x < pixels.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        unsigned sum = 0;
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx) sum += from[at(x + dx, y + dy, channel)];
        pixels.rgb[at(x, y, channel)] = static_cast<std::uint8_t>(sum / 9);
      }
    }
  }
}

Pixels pixels_of(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  Pixels pixels{kPortraitWidth, kPortraitHeight, {}};
  const unsigned char* const data = cairo_image_surface_get_data(surface);
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  for (std::size_t y = 0; y < kPortraitHeight; ++y) {
    for (std::size_t x = 0; x < kPortraitWidth; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, data + y * stride + x * 4, 4);
      for (const unsigned shift : {16U, 8U, 0U}) pixels.rgb.push_back(static_cast<std::uint8_t>(pixel >> shift));
    }
  }
  return pixels;
}

}  // namespace

base::Bytes sample_portrait(std::uint64_t seed, std::size_t budget, std::optional<document::Sex> sex) {
  const Looks looks = choose(seed, sex);
  cairo_surface_t* const surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, kPortraitWidth, kPortraitHeight);
  cairo_t* const cairo = cairo_create(surface);
  draw_backdrop(cairo, looks);
  draw_hair_behind(cairo, looks);
  draw_body(cairo, looks);
  draw_head(cairo, looks);
  draw_features(cairo, looks);
  draw_fringe(cairo, looks);
  const bool drawn = cairo_status(cairo) == CAIRO_STATUS_SUCCESS;
  cairo_destroy(cairo);
  Pixels pixels = drawn ? pixels_of(surface) : Pixels{};
  cairo_surface_destroy(surface);
  if (!drawn) throw base::Error(base::Fault::AskOperator, "drawing a portrait", "Cairo has no memory for it");
  for (int i = 0; i < kBlurPasses; ++i) blur(pixels);  // the softness of a lens
  return encode_jpeg(pixels, budget);
}

}  // namespace artwork
