#pragma once
// A text as a QR symbol (ISO/IEC 18004:2015): byte mode without ECI, error correction M, the smallest version that
// holds it, up to 15. Readers at counters take the bytes for UTF-8, so no ECI designator is written
// (docs/formats/qr.md).

#include <string_view>
#include <vector>

namespace qr {

inline constexpr int kLargestVersion = 15;
inline constexpr int kCapacity = 412;        // bytes: version 15, error correction M (ISO/IEC 18004 Table 7)
inline constexpr int kQuietModules = 4;      // ISO/IEC 18004 §9.1: light modules on every side
inline constexpr int kFewestDotsAcross = 2;  // a module of one dot drowns in the printer's dot gain

// A square of modules, without the quiet zone.
class Symbol {
 public:
  Symbol(int version, std::vector<bool> dark);
  int version() const { return version_; }
  int modules() const { return 17 + 4 * version_; }  // on a side, ISO/IEC 18004 §5.3.1
  bool dark(int row, int column) const;              // false outside: the quiet zone is light

 private:
  int version_;
  std::vector<bool> dark_;
};

// Throws base::Error{FixConfiguration} when the text is empty or longer than kCapacity; the message has its length,
// never the text.
Symbol encode(std::string_view text);

struct Fit {
  int dots;         // printer dots along one module, a whole number
  int symbol_dots;  // along the symbol, quiet zone not counted
};

// The largest module of whole dots with which the symbol fits into `area` mm, and symbol and quiet zone into
// area + 2·margin. Throws base::Error{FixConfiguration} when that is fewer than kFewestDotsAcross dots.
Fit fit(const Symbol& symbol, double area, double margin, int dpi);

// The dark area as closed outlines in units of modules (x to the right, y down), to be filled as one path by the
// even-odd rule: no two shapes touch along an edge, so no viewer shows a seam between them.
struct Corner {
  int x;
  int y;
  bool operator==(const Corner&) const = default;
};
std::vector<std::vector<Corner>> outlines(const Symbol& symbol);

}  // namespace qr
