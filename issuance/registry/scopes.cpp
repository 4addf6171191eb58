#include "issuance/registry/scopes.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace registry {

extern const std::string_view kShippedScopes;

namespace {

constexpr double kMostPerSecond = 1e6;

bool is_one_of(const std::vector<std::string_view>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

class Table {
 public:
  Table(const toml::table& table, std::string_view origin) : table_(table), origin_(origin) {}

  [[noreturn]] void wrong(const toml::node* at, const std::string& seen) const {
    const auto line = (at != nullptr ? *at : static_cast<const toml::node&>(table_)).source().begin.line;
    throw base::Error(base::Fault::FixConfiguration, "reading the scopes of the register's clients",
                      fmt::format("{}:{}: {}", origin_, line, seen));
  }

  void only(std::initializer_list<std::string_view> known) const {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known, key.str()) == known.end()) wrong(&node, fmt::format("unknown key '{}'", key.str()));
    }
  }

  std::string text(std::string_view key) const {
    const auto* node = table_.get(key);
    if (node == nullptr) wrong(nullptr, fmt::format("{} is missing", key));
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) wrong(node, fmt::format("{} must be a text that is not empty", key));
    return *value;
  }

  double number(std::string_view key, double least) const {
    const auto* node = table_.get(key);
    if (node == nullptr) wrong(nullptr, fmt::format("{} is missing", key));
    const auto value = node->value<double>();
    if (!node->is_number() || !value || !(*value >= least && *value <= kMostPerSecond))
      wrong(node, fmt::format("{} must be a number from {} to {}", key, least, kMostPerSecond));
    return *value;
  }

  const toml::array& array(std::string_view key) const {
    const auto* node = table_.get(key);
    if (node == nullptr || !node->is_array()) wrong(node, fmt::format("{} must be a list", key));
    return *node->as_array();
  }

  std::vector<std::string> words(std::string_view key, const std::vector<std::string_view>& known) const {
    std::vector<std::string> found;
    for (const toml::node& node : array(key)) {
      const auto word = node.value_exact<std::string>();
      if (!word || !is_one_of(known, *word) || holds(found, *word))
        wrong(&node, fmt::format("{} holds a word that is unknown or stands twice", key));
      found.push_back(*word);
    }
    return found;
  }

  std::vector<int> ages() const {
    constexpr std::int64_t kOldest = 150;
    std::vector<int> found;
    if (table_.get("ages") == nullptr) return found;
    for (const toml::node& node : array("ages")) {
      const auto age = node.value_exact<std::int64_t>();
      if (!age || *age < 0 || *age > kOldest) wrong(&node, "ages must be whole numbers of years");
      found.push_back(static_cast<int>(*age));
    }
    return found;
  }

 private:
  const toml::table& table_;
  std::string_view origin_;
};

Scope read_scope(const Table& table) {
  table.only({"role", "purpose", "legal", "operations", "attributes", "ages"});
  return {.role = table.text("role"),
          .purpose = table.text("purpose"),
          .legal = table.text("legal"),
          .operations = table.words("operations", operation_names()),
          .attributes = table.words("attributes", attribute_names()),
          .ages = table.ages()};
}

// Calls with every table of the list of tables [[key]].
template <class Use>
void each_table(const Table& whole, std::string_view key, std::string_view origin, const Use& use) {
  for (const toml::node& node : whole.array(key)) {
    if (!node.is_table()) whole.wrong(&node, fmt::format("{} must be a list of tables", key));
    use(Table(*node.as_table(), origin));
  }
}

}  // namespace

const std::vector<std::string_view>& attribute_names() {
  static const std::vector<std::string_view> names{"full_name",
                                                   "birth",
                                                   "sex",
                                                   "nationality",
                                                   "ethnicity",
                                                   "religion",
                                                   "place_of_origin",
                                                   "place_of_birth",
                                                   "residence",
                                                   "father",
                                                   "mother",
                                                   "spouse",
                                                   "old_id",
                                                   "cancelled_number",
                                                   "alive",
                                                   "citizen",
                                                   "missing",
                                                   "custody",
                                                   "watch",
                                                   "cards",
                                                   "open_case",
                                                   "age"};
  return names;
}

const std::vector<std::string_view>& operation_names() {
  static const std::vector<std::string_view> names{"find",   "read",       "match",       "verify",  "identities",
                                                   "status", "history",    "accesses",    "answer",  "case",
                                                   "card",   "correction", "attestation", "approval"};
  return names;
}

const Scopes& Scopes::shipped() {
  static const Scopes scopes = parse(kShippedScopes, "scopes.toml");
  return scopes;
}

Scopes Scopes::of_register(const std::filesystem::path& folder) {
  const auto file = folder / "scopes.toml";
  if (!std::filesystem::exists(file)) return shipped();
  return parse(base::read_text_file(file, "reading the scopes of the register's clients"), file.string());
}

Scopes Scopes::parse(std::string_view text, std::string_view origin) {
  toml::table document;
  try {
    document = toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, "reading the scopes of the register's clients",
                      fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
  }
  const Table whole(document, origin);
  whole.only({"version", "role", "scope"});
  Scopes scopes;
  scopes.version_ = whole.text("version");
  each_table(whole, "role", origin, [&](const Table& table) {
    table.only({"name", "per_second", "burst"});
    Role role{table.text("name"), {table.number("per_second", 0.001), table.number("burst", 1)}};
    if (scopes.rate(role.name) != nullptr) table.wrong(nullptr, fmt::format("role '{}' stands twice", role.name));
    scopes.roles_.push_back(std::move(role));
  });
  each_table(whole, "scope", origin, [&](const Table& table) {
    Scope scope = read_scope(table);
    if (scopes.rate(scope.role) == nullptr) table.wrong(nullptr, fmt::format("no role is called '{}'", scope.role));
    if (scopes.find(scope.role, scope.purpose) != nullptr)
      table.wrong(nullptr, fmt::format("scope {}, {} stands twice", scope.role, scope.purpose));
    scopes.scopes_.push_back(std::move(scope));
  });
  return scopes;
}

std::vector<std::string> Scopes::roles() const {
  std::vector<std::string> names;
  for (const Role& role : roles_) names.push_back(role.name);
  return names;
}

const Rate* Scopes::rate(std::string_view role) const {
  const auto found = std::ranges::find(roles_, role, &Role::name);
  return found == roles_.end() ? nullptr : &found->rate;
}

const Scope* Scopes::find(std::string_view role, std::string_view purpose) const {
  const auto found =
      std::ranges::find_if(scopes_, [&](const Scope& s) { return s.role == role && s.purpose == purpose; });
  return found == scopes_.end() ? nullptr : &*found;
}

std::optional<std::string> Scopes::lacking(std::string_view role, std::string_view purpose, std::string_view operation,
                                           const std::vector<std::string>& attributes) const {
  const Scope* const scope = find(role, purpose);
  if (scope == nullptr || !holds(scope->operations, operation)) return fmt::format("{}/{}", purpose, operation);
  for (const std::string& attribute : attributes) {
    if (!holds(scope->attributes, attribute)) return fmt::format("{}/{}/{}", purpose, operation, attribute);
  }
  return std::nullopt;
}

}  // namespace registry
