#include "issuance/signing/toml_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace signing {

TomlFile::TomlFile(const std::filesystem::path& path, std::string doing) : path_(path), doing_(std::move(doing)) {
  const std::string content = base::read_text_file(path, doing_);
  try {
    root_ = toml::parse(content, path.string());
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, doing_,
                      fmt::format("{}:{}: {}", path_.string(), error.source().begin.line, error.description()));
  }
}

void TomlFile::refuse(const toml::node& at, const std::string& seen) const {
  throw base::Error(base::Fault::FixConfiguration, doing_,
                    fmt::format("{}:{}: {}", path_.string(), at.source().begin.line, seen));
}

void TomlFile::only(const toml::table& table, std::initializer_list<std::string_view> known) const {
  for (const auto& [key, value] : table) {
    if (std::ranges::find(known, key.str()) == known.end()) {
      refuse(value, fmt::format("'{}' is no key of this file", key.str()));
    }
  }
}

std::string TomlFile::text(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) refuse(table, fmt::format("'{}' is missing", key));
  const auto value = node->value_exact<std::string>();
  if (!value) refuse(*node, fmt::format("'{}' has to be a text", key));
  return *value;
}

bool TomlFile::flag(const toml::table& table, std::string_view key) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) return false;
  const auto value = node->value_exact<bool>();
  if (!value) refuse(*node, fmt::format("'{}' has to be true or false", key));
  return *value;
}

std::int64_t TomlFile::integer(const toml::table& table, std::string_view key, std::int64_t least,
                               std::int64_t most) const {
  const toml::node* const node = table.get(key);
  if (node == nullptr) refuse(table, fmt::format("'{}' is missing", key));
  const auto value = node->value_exact<std::int64_t>();
  if (!value || *value < least || *value > most) {
    refuse(*node, fmt::format("'{}' has to be a whole number from {} to {}", key, least, most));
  }
  return *value;
}

}  // namespace signing
