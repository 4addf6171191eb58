#pragma once
// Strict TOML for this room's two files: every key known, every message with origin:line.

#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/clock.h"

namespace attestation {

class StrictToml {
 public:
  // doing begins every Error{FixConfiguration}; origin names the file.
  StrictToml(std::string_view text, std::string origin, std::string doing);
  const toml::table& root() const { return root_; }

  [[noreturn]] void refuse(const toml::node& at, const std::string& seen) const;
  void only(const toml::table& table, std::initializer_list<std::string_view> known) const;
  std::string text(const toml::table& table, std::string_view key) const;  // not empty
  std::optional<std::string> maybe_text(const toml::table& table, std::string_view key) const;
  std::vector<std::string> texts(const toml::table& table, std::string_view key) const;  // absent: none
  std::int64_t number(const toml::table& table, std::string_view key) const;             // absent: 0; from 0 on
  bool flag(const toml::table& table, std::string_view key) const;                       // absent: false
  std::optional<base::Date> maybe_day(const toml::table& table, std::string_view key) const;
  base::Date day(const toml::table& table, std::string_view key) const;
  // The tables of [[name]]; absent: none.
  std::vector<const toml::table*> tables(std::string_view name) const;

 private:
  std::string origin_, doing_;
  toml::table root_;
};

}  // namespace attestation
