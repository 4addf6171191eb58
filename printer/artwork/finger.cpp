#include "printer/artwork/finger.h"

#include <array>
#include <cmath>
#include <numbers>
#include <random>

#include "printer/artwork/jpeg.h"

namespace artwork {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;
constexpr std::uint8_t kPaper = 250;
constexpr int kBandTop = 318, kBandHeight = 42;
constexpr int kDot = 4;  // pixels of a letter's dot

struct Pattern {
  double x, y;         // the middle
  double ridge;        // pixels from one ridge to the next
  double turns;        // 0 arcs around the middle; 1, 2: a loop, a whorl
  double stretch;      // of the vertical direction
  double waves, lean;  // how the ridges waver
};

// mt19937_64 gives the same numbers on every machine; the library's distributions need not.
Pattern choose(std::uint64_t seed) {
  std::mt19937_64 engine((seed + 1) * 0x9E3779B97F4A7C15U);  // neighboring seeds start alike
  const auto between = [&engine](double low, double high) {
    return low + (high - low) * static_cast<double>((engine() >> 32U) % 4096) / 4096;
  };
  Pattern pattern{};
  pattern.x = between(0.42, 0.58) * kFingerWidth;
  pattern.y = between(0.40, 0.50) * kFingerHeight;
  pattern.ridge = between(8.5, 10.5);
  pattern.turns = std::floor(between(0, 3));
  pattern.stretch = between(0.62, 0.80);
  pattern.waves = between(2.0, 5.0);
  pattern.lean = between(-0.5, 0.5);
  return pattern;
}

// How dark the ridges are here, 0 to 1.
double ridge_at(const Pattern& p, double x, double y) {
  const double dx = x - p.x + p.lean * (y - p.y) * 0.3;
  const double dy = (y - p.y) * p.stretch;
  const double away = std::hypot(dx, dy);
  const double waver = p.waves * std::sin(x / 37 + p.lean) * std::cos(y / 53);
  const double phase = (away + waver) / p.ridge + p.turns * std::atan2(dy, dx) / kTurn;
  return 0.5 + 0.5 * std::cos(kTurn * phase);
}

// 1 where the finger touches the glass, falling to 0 at its edge.
double touch_at(double x, double y) {
  const double dx = (x - kFingerWidth / 2.0) / (kFingerWidth * 0.46);
  const double dy = (y - kFingerHeight / 2.0) / (kFingerHeight * 0.48);
  const double away = dx * dx + dy * dy;
  return away < 0.8 ? 1 : std::max(0.0, (1 - away) / 0.2);
}

// Letters of five by seven dots, a row an octet, the left dot the highest of five bits.
constexpr std::array<std::array<std::uint8_t, 7>, 7> kDrawing{{
    {0x1E, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1E},  // D
    {0x1E, 0x11, 0x11, 0x1E, 0x14, 0x12, 0x11},  // R
    {0x0E, 0x11, 0x11, 0x1F, 0x11, 0x11, 0x11},  // A
    {0x11, 0x11, 0x11, 0x15, 0x15, 0x1B, 0x11},  // W
    {0x0E, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0E},  // I
    {0x11, 0x19, 0x15, 0x15, 0x13, 0x11, 0x11},  // N
    {0x0E, 0x11, 0x10, 0x17, 0x11, 0x11, 0x0E},  // G
}};

void write_band(GrayPixels& pixels) {
  const auto at = [&pixels](int x, int y) -> std::uint8_t& {
    return pixels.gray[static_cast<std::size_t>(y * kFingerWidth + x)];
  };
  for (int y = kBandTop; y < kBandTop + kBandHeight; ++y) {
    for (int x = 0; x < kFingerWidth; ++x) at(x, y) = kPaper;
  }
  const int letters = static_cast<int>(kDrawing.size());
  const int left = (kFingerWidth - (letters * 6 - 1) * kDot) / 2, top = kBandTop + (kBandHeight - 7 * kDot) / 2;
  for (int y = 0; y < 7 * kDot; ++y) {
    for (int x = 0; x < letters * 6 * kDot; ++x) {
      const int column = x / kDot % 6;
      const auto row = kDrawing.at(static_cast<std::size_t>(x / kDot / 6)).at(static_cast<std::size_t>(y / kDot));
      if (column < 5 && (row >> (4 - column) & 1) != 0) at(left + x, top + y) = 0;
    }
  }
}

}  // namespace

base::Bytes sample_finger(std::uint64_t seed, std::size_t budget) {
  const Pattern pattern = choose(seed);
  GrayPixels pixels{kFingerWidth, kFingerHeight, {}};
  pixels.gray.reserve(std::size_t{kFingerWidth} * kFingerHeight);
  for (int y = 0; y < kFingerHeight; ++y) {
    for (int x = 0; x < kFingerWidth; ++x) {
      const double dark = touch_at(x, y) * ridge_at(pattern, x, y);
      pixels.gray.push_back(static_cast<std::uint8_t>(kPaper - 200 * dark));
    }
  }
  write_band(pixels);
  return encode_jpeg(pixels, budget);
}

}  // namespace artwork
