#include "issuance/attestation/strict_toml.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace attestation {

StrictToml::StrictToml(std::string_view text, std::string origin, std::string doing)
    : origin_(std::move(origin)), doing_(std::move(doing)) {
  try {
    root_ = toml::parse(text, origin_);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, doing_,
                      fmt::format("{}:{}: {}", origin_, error.source().begin.line, error.description()));
  }
}

void StrictToml::refuse(const toml::node& at, const std::string& seen) const {
  throw base::Error(base::Fault::FixConfiguration, doing_,
                    fmt::format("{}:{}: {}", origin_, at.source().begin.line, seen));
}

void StrictToml::only(const toml::table& table, std::initializer_list<std::string_view> known) const {
  for (const auto& [key, node] : table) {
    if (std::ranges::find(known, key.str()) == known.end()) {
      refuse(node, fmt::format("'{}' is no key of this file", key.str()));
    }
  }
}

std::optional<std::string> StrictToml::maybe_text(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::string>();
  if (!value || value->empty()) refuse(*node, fmt::format("'{}' must be a text that is not empty", key));
  return value;
}

std::string StrictToml::text(const toml::table& table, std::string_view key) const {
  auto value = maybe_text(table, key);
  if (!value) refuse(table, fmt::format("'{}' is missing", key));
  return std::move(*value);
}

std::vector<std::string> StrictToml::texts(const toml::table& table, std::string_view key) const {
  std::vector<std::string> out;
  const toml::node* const node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* const list = node->as_array();
  if (list == nullptr) refuse(*node, fmt::format("'{}' must be a list of texts", key));
  for (const toml::node& item : *list) {
    const auto value = item.value_exact<std::string>();
    if (!value || value->empty()) refuse(item, fmt::format("'{}' must be a list of texts", key));
    out.push_back(*value);
  }
  return out;
}

std::int64_t StrictToml::number(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return 0;
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < 0) refuse(*node, fmt::format("'{}' must be a whole number from 0 on", key));
  return *value;
}

bool StrictToml::flag(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return false;
  const auto value = node->value_exact<bool>();
  if (!value) refuse(*node, fmt::format("'{}' must be true or false", key));
  return *value;
}

std::optional<base::Date> StrictToml::maybe_day(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_date()) refuse(*node, fmt::format("'{}' must be a day, 2024-07-01", key));
  const toml::date day = node->as_date()->get();
  return base::make_date(day.year, day.month, day.day);
}

base::Date StrictToml::day(const toml::table& table, std::string_view key) const {
  const auto value = maybe_day(table, key);
  if (!value) refuse(table, fmt::format("'{}' is missing", key));
  return *value;
}

std::vector<const toml::table*> StrictToml::tables(std::string_view name) const {
  std::vector<const toml::table*> out;
  const toml::node* const node = root_.get(name);
  if (node == nullptr) return out;
  const toml::array* const list = node->as_array();
  if (list == nullptr) refuse(*node, fmt::format("write entries as [[{}]]", name));
  for (const toml::node& item : *list) {
    if (item.as_table() == nullptr) refuse(item, fmt::format("write entries as [[{}]]", name));
    out.push_back(item.as_table());
  }
  return out;
}

}  // namespace attestation
