#include "smartcard/document/state_codes.h"

#include <algorithm>
#include <array>

#include "pki/base/text/text.h"

namespace document {

bool is_state_code(std::string_view code) {
  // 9303-3 §5, parts B to D, and Germany's one letter: what ISO 3166-1 does not have.
  constexpr auto kIcao = std::to_array<std::string_view>(
      {"D",   "EUE", "GBD", "GBN", "GBO", "GBP", "GBS", "RKS", "UNO", "UNA", "UNK", "UTO", "IAO", "XAA", "XBA", "XIM",
       "XCC", "XCE", "XCO", "XCT", "XDC", "XEC", "XES", "XMP", "XOM", "XPO", "XSO", "XXA", "XXB", "XXC", "XXX"});
  return std::ranges::find(kIcao, code) != kIcao.end() || text::is_country_code(code);
}

}  // namespace document
