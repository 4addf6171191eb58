#pragma once
// Strict reading of a TOML table: every key once, of its type and in its range, none left over. Messages begin with
// file:line. For the layout reader.

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "pki/base/core/error.h"
#include "pki/base/text/text.h"

namespace artwork {

class TomlFields {
 public:
  TomlFields(const toml::table& table, std::string source) : table_(table), source_(std::move(source)) {}

  static constexpr std::string_view kDoing = "reading a card layout";

  [[noreturn]] void refuse_at(toml::source_index line, const std::string& why) const {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing), fmt::format("{}:{}: {}", source_, line, why));
  }
  [[noreturn]] void refuse(const std::string& why) const { refuse_at(table_.source().begin.line, why); }
  [[noreturn]] void refuse(std::string_view key, const std::string& why) const {
    const auto* const node = table_.get(key);
    refuse_at(node != nullptr ? node->source().begin.line : table_.source().begin.line, fmt::format("{} {}", key, why));
  }

  bool has(std::string_view key) const { return table_.contains(key); }
  int line() const { return static_cast<int>(table_.source().begin.line); }

  const toml::node& need(std::string_view key) {
    taken_.insert(std::string(key));
    const toml::node* const node = table_.get(key);
    if (node == nullptr) refuse(fmt::format("{} is missing", key));
    return *node;
  }

  // One line of UTF-8 in NFC, not empty.
  std::string text(std::string_view key) {
    const auto value = need(key).value_exact<std::string>();
    if (!value) refuse(key, "is no text");
    if (value->empty()) refuse(key, "is empty");
    if (!text::is_valid_utf8(*value) || !text::is_nfc(*value)) refuse(key, "is not UTF-8 in composed form (NFC)");
    if (std::ranges::any_of(*value, [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
      refuse(key, "holds a control character");
    return *value;
  }
  std::string text_or(std::string_view key, std::string otherwise) {
    return has(key) ? text(key) : std::move(otherwise);
  }

  // 12 and 12.0 are both numbers.
  double number(std::string_view key, double least, double most) {
    const toml::node& node = need(key);
    if (!node.is_floating_point() && !node.is_integer()) refuse(key, "is no number");
    const double value = node.value<double>().value_or(0.0);
    if (!(value >= least && value <= most)) refuse(key, fmt::format("is not between {} and {}", least, most));
    return value;
  }
  double number_or(std::string_view key, double otherwise, double least, double most) {
    return has(key) ? number(key, least, most) : otherwise;
  }

  int whole_or(std::string_view key, int otherwise, int least, int most) {
    if (!has(key)) return otherwise;
    const auto value = need(key).value_exact<std::int64_t>();
    if (!value || *value < least || *value > most)
      refuse(key, fmt::format("is no whole number from {} to {}", least, most));
    return static_cast<int>(*value);
  }

  bool truth_or(std::string_view key, bool otherwise) {
    if (!has(key)) return otherwise;
    const auto value = need(key).value_exact<bool>();
    if (!value) refuse(key, "is neither true nor false");
    return *value;
  }

  // One of the words of a table of (word, value) pairs.
  template <class Words>
  auto one_of(std::string_view key, const Words& words) {
    const std::string word = text(key);
    for (const auto& [name, value] : words)
      if (name == word) return value;
    std::string known;
    for (const auto& [name, value] : words) known += (known.empty() ? "" : ", ") + std::string(name);
    refuse(key, fmt::format("'{}' is not known; known are {}", word, known));
  }

  const toml::table& table(std::string_view key) {
    const toml::table* const inner = need(key).as_table();
    if (inner == nullptr) refuse(key, fmt::format("is no table; write [{}]", key));
    return *inner;
  }
  const toml::array& tables(std::string_view key) {
    const toml::array* const list = need(key).as_array();
    if (list == nullptr || list->empty() || !list->is_array_of_tables())
      refuse(key, fmt::format("is no list of tables; write [[{}]]", key));
    return *list;
  }

  // Called last: nothing is left over.
  void end() const {
    for (auto&& [key, value] : table_) {
      if (!taken_.contains(std::string(key.str())))
        refuse_at(key.source().begin.line, fmt::format("{} is no key here; look for a spelling mistake", key.str()));
    }
  }

  const std::string& source() const { return source_; }

 private:
  const toml::table& table_;
  std::string source_;
  std::set<std::string> taken_;
};

}  // namespace artwork
