#pragma once
// A list of blank chips as their maker delivers it: one serial a line (docs/formats/stock.md).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"

namespace stock {

inline constexpr std::size_t kSerialDigits = 16;  // eight bytes, the chip's own serial (DG13 field 16)

struct Blank {
  std::string serial;  // 16 upper-case hexadecimal digits
  std::string batch;   // delivery or wafer lot, may be empty
  bool operator==(const Blank&) const = default;
};

bool is_serial(std::string_view text);
// Upper case; nullopt unless it is a serial of either case.
std::optional<std::string> normal_serial(std::string_view text);

// "# comment", empty lines, "SERIAL" or "SERIAL,BATCH". Throws Error{FixConfiguration} that names origin and line for a
// malformed line and for a serial that stands twice (with both lines).
std::vector<Blank> parse_list(std::string_view text, const std::string& origin);

}  // namespace stock
