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
  // What ICU counts among the countries and ISO 3166-1 does not: Diego Garcia, Ceuta and Melilla, the Canary Islands,
  // and Kosovo, which is RKS in an MRZ.
  constexpr auto kOfIcuAlone = std::to_array<std::string_view>({"DGA", "XEA", "XIC", "XKK"});
  const auto is_of = [code](const auto& codes) { return std::ranges::find(codes, code) != codes.end(); };
  return is_of(kIcao) || (!is_of(kOfIcuAlone) && text::is_country_code(code));
}

}  // namespace document
