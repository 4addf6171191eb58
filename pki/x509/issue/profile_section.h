#pragma once
// How every profile of certificates is read: TOML, each key asked for once, and what nobody asked for is a mistake that
// is named with file and line. The tables' own readers are profile.cpp and tls_profile.cpp.

#include <toml++/toml.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pki/x509/format/name.h"

namespace x509::issue {

// Throws Error{FixConfiguration} for what is no TOML, and for a table that is not among `tables`.
toml::table read_profile_tables(std::string_view text, const std::string& origin,
                                const std::set<std::string_view>& tables);

// One table of the file; everything wrong is an Error{FixConfiguration}.
class ProfileSection {
 public:
  ProfileSection(const toml::table& file, const char* name, const std::string& origin);
  std::string text(const char* key);
  int number(const char* key, int lowest, int highest);
  std::vector<std::string> texts(const char* key);
  std::vector<int> ascending_numbers(const char* key);
  format::Name name(const char* key);
  void end() const;  // nothing is left that nobody asked for

 private:
  const toml::node& need(const char* key);
  const toml::array& list(const char* key);
  [[noreturn]] void refuse(const toml::node& at, const std::string& seen) const;

  const toml::table* table_;
  std::string name_;
  const std::string& origin_;
  std::set<std::string> asked_;
};

}  // namespace x509::issue
