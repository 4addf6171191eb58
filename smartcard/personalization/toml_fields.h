#pragma once
// Fields of a TOML file of this room, each checked; every message says file:line and the field.

#include <toml++/toml.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"

namespace personalization {

// Throws Error{FixConfiguration} when the text is no TOML.
toml::table parse_toml(std::string_view text, std::string_view source, std::string_view doing);

class TomlFields {
 public:
  // path: "keys." inside a table, "" at the top. The table must outlive it.
  TomlFields(const toml::table& table, std::string source, std::string doing, std::string path = {});

  std::string text(std::string_view name) const;
  // Hexadecimal text of `least` to `most` bytes.
  base::Bytes hex(std::string_view name, std::size_t least, std::size_t most) const;
  std::uint32_t number(std::string_view name, std::uint32_t least, std::uint32_t most) const;
  bool flag_or(std::string_view name, bool otherwise) const;
  TomlFields table(std::string_view name) const;
  std::vector<TomlFields> tables(std::string_view name) const;  // [[name]], at least one
  // Refuses a field outside the list: a mistyped name is not passed over in silence.
  void only(std::initializer_list<std::string_view> names) const;
  [[noreturn]] void refuse(std::string_view name, std::string_view why) const;

 private:
  const toml::node& node(std::string_view name) const;
  const toml::table* table_;
  std::string source_, doing_, path_;
};

}  // namespace personalization
