#include "smartcard/document/units.h"

#include <algorithm>
#include <vector>

#include "pki/base/core/error.h"

namespace document {

extern const std::string_view kUnitsTable;

namespace {

struct Unit {
  std::string_view code, name;
  std::optional<base::Date> since;
};

std::string_view take_until(std::string_view& text, char end) {
  const auto at = text.find(end);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

const std::vector<Unit>& units() {
  static const auto table = [] {
    std::vector<Unit> read;
    for (std::string_view rest = kUnitsTable; !rest.empty();) {
      std::string_view line = take_until(rest, '\n');
      if (line.empty() || line.front() < '0' || line.front() > '9') continue;  // comments and the header
      Unit unit{take_until(line, ','), take_until(line, ','), std::nullopt};
      if (!line.empty()) unit.since = base::parse_iso_date(line);
      base::ensure(line.empty() || unit.since, "the shipped table of units has days");
      read.push_back(unit);
    }
    return read;
  }();
  return table;
}

}  // namespace

std::optional<std::string_view> unit_name(std::string_view code, base::Date day) {
  std::optional<std::string_view> name;
  for (const Unit& unit : units()) {  // later names stand below earlier ones
    if (unit.code == code && unit.since.value_or(day) <= day) name = unit.name;
  }
  return name;
}

bool is_unit_name(std::string_view name) {
  return std::ranges::any_of(units(), [&](const Unit& unit) { return unit.name == name; });
}

}  // namespace document
