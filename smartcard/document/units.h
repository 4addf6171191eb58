#pragma once
// What the province of a number's first three digits is called on a day. The digits of a number never change; the units
// do (63 became 34 on 1 July 2025, Nghị quyết 202/2025/QH15), so an address of today and one of then name different
// units for one code. The table is units.csv.

#include <optional>
#include <string_view>

#include "pki/base/core/clock.h"

namespace document {

// nullopt for a code of no province (countries, codes to come).
std::optional<std::string_view> unit_name(std::string_view code, base::Date day);

// Whether a province was called so on any day.
bool is_unit_name(std::string_view name);

}  // namespace document
