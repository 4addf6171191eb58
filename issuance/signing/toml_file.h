#pragma once
// Strict TOML: every key known, every message with file:line. For this room's two files, signer.toml and trust.toml.

#include <toml++/toml.h>

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace signing {

class TomlFile {
 public:
  // doing: "reading signer.toml"; begins every Error{FixConfiguration}.
  TomlFile(const std::filesystem::path& path, std::string doing);
  const toml::table& root() const { return root_; }

  // Refuses any key of `table` that is not listed.
  void only(const toml::table& table, std::initializer_list<std::string_view> known) const;
  std::string text(const toml::table& table, std::string_view key) const;
  std::int64_t integer(const toml::table& table, std::string_view key, std::int64_t least, std::int64_t most) const;
  bool flag(const toml::table& table, std::string_view key) const;  // absent: false
  [[noreturn]] void refuse(const toml::node& at, const std::string& seen) const;

 private:
  std::filesystem::path path_;
  std::string doing_;
  toml::table root_;
};

}  // namespace signing
