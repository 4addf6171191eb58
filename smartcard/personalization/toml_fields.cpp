#include "smartcard/personalization/toml_fields.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace personalization {

namespace {

[[noreturn]] void fail(std::string_view doing, std::string_view source, toml::source_index line, std::string_view why) {
  throw base::Error(base::Fault::FixConfiguration, std::string(doing), fmt::format("{}:{}: {}", source, line, why));
}

}  // namespace

toml::table parse_toml(std::string_view text, std::string_view source, std::string_view doing) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail(doing, source, error.source().begin.line, error.description());
  }
}

TomlFields::TomlFields(const toml::table& table, std::string source, std::string doing, std::string path)
    : table_(&table), source_(std::move(source)), doing_(std::move(doing)), path_(std::move(path)) {}

void TomlFields::refuse(std::string_view name, std::string_view why) const {
  const toml::node* const found = table_->get(name);
  const toml::source_region& place = found != nullptr ? found->source() : table_->source();
  fail(doing_, source_, std::max<toml::source_index>(1, place.begin.line),
       fmt::format("field '{}{}' {}", path_, name, why));
}

const toml::node& TomlFields::node(std::string_view name) const {
  const toml::node* const found = table_->get(name);
  if (found == nullptr) refuse(name, "is missing");
  return *found;
}

std::string TomlFields::text(std::string_view name) const {
  const auto value = node(name).value_exact<std::string>();
  if (!value || value->empty()) refuse(name, "must be a text");
  return *value;
}

base::Bytes TomlFields::hex(std::string_view name, std::size_t least, std::size_t most) const {
  auto bytes = base::parse_hex(text(name));
  if (!bytes || bytes->size() < least || bytes->size() > most) {
    refuse(name, least == most ? fmt::format("must be {} hexadecimal digits", 2 * least)
                               : fmt::format("must be {} to {} bytes in hexadecimal", least, most));
  }
  return std::move(*bytes);
}

std::uint32_t TomlFields::number(std::string_view name, std::uint32_t least, std::uint32_t most) const {
  const auto value = node(name).value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    refuse(name, fmt::format("must be a whole number from {} to {}", least, most));
  }
  return static_cast<std::uint32_t>(*value);
}

bool TomlFields::flag_or(std::string_view name, bool otherwise) const {
  if (table_->get(name) == nullptr) return otherwise;
  const auto value = node(name).value_exact<bool>();
  if (!value) refuse(name, "must be true or false");
  return *value;
}

TomlFields TomlFields::table(std::string_view name) const {
  const toml::table* const inner = node(name).as_table();
  if (inner == nullptr) refuse(name, "must be a table");
  return {*inner, source_, doing_, fmt::format("{}{}.", path_, name)};
}

std::vector<TomlFields> TomlFields::tables(std::string_view name) const {
  const toml::array* const list = node(name).as_array();
  if (list == nullptr || list->empty()) refuse(name, "must be a list of tables");
  std::vector<TomlFields> out;
  for (const toml::node& entry : *list) {
    const toml::table* const inner = entry.as_table();
    if (inner == nullptr) refuse(name, "must be a list of tables");
    out.push_back({*inner, source_, doing_, fmt::format("{}{}[{}].", path_, name, out.size() + 1)});
  }
  return out;
}

void TomlFields::only(std::initializer_list<std::string_view> names) const {
  for (const auto& [key, value] : *table_) {
    if (std::find(names.begin(), names.end(), key.str()) == names.end()) refuse(key.str(), "is not known");
  }
}

}  // namespace personalization
