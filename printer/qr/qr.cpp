#include "printer/qr/qr.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>

#include "pki/base/core/bytes.h"
#include "pki/base/core/error.h"

namespace qr {

namespace {

struct FreeSymbol {
  void operator()(QRcode* code) const noexcept { QRcode_free(code); }
};

[[noreturn]] void refuse(std::string seen) {
  throw base::Error(base::Fault::FixConfiguration, "making the QR code", std::move(seen));
}

std::size_t index_of(int row, int column, int modules) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(modules) + static_cast<std::size_t>(column);
}

// The edges between dark and light, each directed so that dark lies on its right, by their starting corner. A corner
// where two dark modules touch has two edges; either may be taken first, the filled area is the same.
using Edges = std::multimap<std::pair<int, int>, Corner>;  // (y, x) of the start -> end

Edges edges_of(const Symbol& symbol) {
  Edges edges;
  for (int y = 0; y < symbol.modules(); ++y) {
    for (int x = 0; x < symbol.modules(); ++x) {
      if (!symbol.dark(y, x)) continue;
      if (!symbol.dark(y - 1, x)) edges.insert({{y, x}, {x + 1, y}});
      if (!symbol.dark(y, x + 1)) edges.insert({{y, x + 1}, {x + 1, y + 1}});
      if (!symbol.dark(y + 1, x)) edges.insert({{y + 1, x + 1}, {x, y + 1}});
      if (!symbol.dark(y, x - 1)) edges.insert({{y + 1, x}, {x, y}});
    }
  }
  return edges;
}

bool straight(Corner a, Corner b, Corner c) {
  return (a.x == b.x && b.x == c.x) || (a.y == b.y && b.y == c.y);
}

}  // namespace

Symbol::Symbol(int version, std::vector<bool> dark) : version_(version), dark_(std::move(dark)) {
  base::ensure(dark_.size() == index_of(modules(), 0, modules()), "a symbol has the modules of its version");
}

bool Symbol::dark(int row, int column) const {
  if (row < 0 || column < 0 || row >= modules() || column >= modules()) return false;
  return dark_[index_of(row, column, modules())];
}

Symbol encode(std::string_view text) {
  if (text.empty()) refuse("there is no text to encode");
  if (text.size() > static_cast<std::size_t>(kCapacity)) {
    refuse(
        fmt::format("the text has {} bytes of UTF-8 and the largest symbol (version {}, error correction M) holds {}",
                    text.size(), kLargestVersion, kCapacity));
  }
  const base::ByteView bytes = base::view_of(text);
  // One segment of byte mode whatever the text is (ISO/IEC 18004 §7.4.5); version 0 asks for the smallest that holds
  // it.
  const std::unique_ptr<QRcode, FreeSymbol> code(
      QRcode_encodeData(static_cast<int>(bytes.size()), bytes.data(), 0, QR_ECLEVEL_M));
  if (!code) throw base::Error(base::Fault::AskOperator, "making the QR code", "libqrencode has no memory for it");
  base::ensure(code->version <= kLargestVersion, "kCapacity is what the largest version holds");
  std::vector<bool> dark(static_cast<std::size_t>(code->width) * static_cast<std::size_t>(code->width));
  for (std::size_t i = 0; i < dark.size(); ++i) dark[i] = (code->data[i] & 1U) != 0;  // bit 0: black
  return Symbol(code->version, std::move(dark));
}

Fit fit(const Symbol& symbol, double area, double margin, int dpi) {
  const double dots_per_mm = dpi / 25.4;
  const int modules = symbol.modules();
  const int inside = static_cast<int>(std::floor(area * dots_per_mm / modules));
  const int with_quiet =
      static_cast<int>(std::floor((area + 2 * margin) * dots_per_mm / (modules + 2 * kQuietModules)));
  const int dots = std::min(inside, with_quiet);
  if (dots < kFewestDotsAcross) {
    refuse(
        fmt::format("a symbol of version {} in {:.1f} mm at {} dpi leaves {} dot(s) a module and {} are needed; "
                    "print at a higher resolution or give the layout a larger area",
                    symbol.version(), area, dpi, dots, kFewestDotsAcross));
  }
  return {dots, dots * modules};
}

std::vector<std::vector<Corner>> outlines(const Symbol& symbol) {
  Edges edges = edges_of(symbol);
  std::vector<std::vector<Corner>> loops;
  while (!edges.empty()) {
    std::vector<Corner> loop;
    Corner at{edges.begin()->first.second, edges.begin()->first.first};
    for (auto edge = edges.find({at.y, at.x}); edge != edges.end(); edge = edges.find({at.y, at.x})) {
      while (loop.size() >= 2 && straight(loop[loop.size() - 2], loop.back(), at)) loop.pop_back();
      loop.push_back(at);
      at = edge->second;
      edges.erase(edge);
    }
    loops.push_back(std::move(loop));
  }
  return loops;
}

}  // namespace qr
