#pragma once
// Which client may ask which attribute for which purpose, as data (scopes.toml; a file of this name in the register's
// directory takes its place). Nothing is allowed that no line allows.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/registry/rate_limit.h"

namespace registry {

// What may be asked or compared about a person, besides the number itself: a person's members, and what the register
// derives. "age" is compared and never told.
const std::vector<std::string_view>& attribute_names();
const std::vector<std::string_view>& operation_names();

struct Scope {
  std::string role, purpose;
  std::string legal;  // the basis on which it is asked
  std::vector<std::string> operations;
  std::vector<std::string> attributes;
  std::vector<int> ages;  // thresholds that "age" may be compared with; empty: any
};

class Scopes {
 public:
  static const Scopes& shipped();
  // Strict: an unknown key, operation, attribute or role, or a scope twice, is Error{FixConfiguration} with
  // `origin`:line.
  static Scopes parse(std::string_view toml, std::string_view origin);
  // scopes.toml in this folder, or the shipped ones.
  static Scopes of_register(const std::filesystem::path& folder);

  const std::string& version() const { return version_; }
  const std::vector<Scope>& list() const { return scopes_; }
  std::vector<std::string> roles() const;
  const Rate* rate(std::string_view role) const;  // nullptr: no such role
  const Scope* find(std::string_view role, std::string_view purpose) const;

  // What this role lacks for the question: "PURPOSE/OPERATION" or, when only an attribute lacks,
  // "PURPOSE/OPERATION/ATTRIBUTE". nullopt: nothing.
  std::optional<std::string> lacking(std::string_view role, std::string_view purpose, std::string_view operation,
                                     const std::vector<std::string>& attributes) const;

 private:
  struct Role {
    std::string name;
    Rate rate;
  };
  std::string version_;
  std::vector<Role> roles_;
  std::vector<Scope> scopes_;
};

}  // namespace registry
