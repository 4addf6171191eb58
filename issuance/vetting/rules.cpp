#include "issuance/vetting/rules.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "issuance/vetting/predicates.h"
#include "pki/base/core/error.h"

namespace vetting {

extern const std::string_view kShippedRules;

namespace {

constexpr std::array<std::pair<std::string_view, Severity>, 5> kSeverities{{{"refuse", Severity::Refuse},
                                                                            {"hold", Severity::Hold},
                                                                            {"correct-first", Severity::CorrectFirst},
                                                                            {"ask", Severity::Ask},
                                                                            {"note", Severity::Note}}};
constexpr std::array<std::pair<std::string_view, Replaces>, 4> kReplaces{
    {{"none", Replaces::None}, {"active", Replaces::Active}, {"any", Replaces::Any}, {"optional", Replaces::Optional}}};

class Table {
 public:
  Table(const toml::table& table, std::string_view origin) : table_(table), origin_(origin) {}

  [[noreturn]] void wrong(const toml::node* at, const std::string& seen) const {
    const auto line = (at != nullptr ? *at : static_cast<const toml::node&>(table_)).source().begin.line;
    throw base::Error(base::Fault::FixConfiguration, "reading the vetting rules",
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

  std::optional<long> number(std::string_view key) const {
    const auto* node = table_.get(key);
    if (node == nullptr) return std::nullopt;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < 0) wrong(node, fmt::format("{} must be a whole number from 0 on", key));
    return static_cast<long>(*value);
  }

  bool flag(std::string_view key) const {
    const auto* node = table_.get(key);
    if (node == nullptr) return false;
    const auto value = node->value_exact<bool>();
    if (!value) wrong(node, fmt::format("{} must be true or false", key));
    return *value;
  }

  base::Date date(std::string_view key) const {
    const auto* node = table_.get(key);
    if (node == nullptr || !node->is_date()) wrong(node, fmt::format("{} must be a day, 2024-07-01", key));
    const toml::date day = node->as_date()->get();
    return base::make_date(day.year, day.month, day.day);
  }

  template <class T, std::size_t N>
  T word(std::string_view key, const std::array<std::pair<std::string_view, T>, N>& words) const {
    const std::string seen = text(key);
    for (const auto& [name, value] : words) {
      if (name == seen) return value;
    }
    wrong(table_.get(key), fmt::format("'{}' is no {}", seen, key));
  }

  const toml::node* node(std::string_view key) const { return table_.get(key); }

 private:
  const toml::table& table_;
  std::string_view origin_;
};

Rule read_rule(const Table& table) {
  table.only({"id", "severity", "needs", "field", "legal", "vi", "en", "since"});
  const std::string needs = table.text("needs");
  if (needs != "application" && needs != "answer")
    table.wrong(table.node("needs"), "needs must be application or answer");
  Rule rule{.id = table.text("id"),
            .severity = table.word("severity", kSeverities),
            .needs_answer = needs == "answer",
            .field = table.text("field"),
            .legal = table.text("legal"),
            .vi = table.text("vi"),
            .en = table.text("en"),
            .since = table.date("since")};
  if (predicate(rule.id) == nullptr) table.wrong(table.node("id"), fmt::format("no predicate is called '{}'", rule.id));
  return rule;
}

Reason read_reason(const Table& table) {
  table.only({"code", "replaces", "age_from", "age_below", "milestone", "legal", "vi", "en"});
  Reason reason{.code = table.text("code"),
                .replaces = table.word("replaces", kReplaces),
                .age_from = {},
                .age_below = {},
                .milestone = table.flag("milestone"),
                .legal = table.text("legal"),
                .vi = table.text("vi"),
                .en = table.text("en")};
  if (const auto age = table.number("age_from")) reason.age_from = static_cast<int>(*age);
  if (const auto age = table.number("age_below")) reason.age_below = static_cast<int>(*age);
  return reason;
}

Limits read_limits(const Table& table) {
  table.only({"portrait_least_width", "portrait_least_height", "portrait_most_pixels", "portrait_most_bytes"});
  const auto need = [&](std::string_view key) {
    const auto value = table.number(key);
    if (!value) table.wrong(nullptr, fmt::format("{} is missing", key));
    return *value;
  };
  return {.portrait_least_width = need("portrait_least_width"),
          .portrait_least_height = need("portrait_least_height"),
          .portrait_most_pixels = need("portrait_most_pixels"),
          .portrait_most_bytes = need("portrait_most_bytes")};
}

// Every [[name]] table of the file, read by `read`; `key` must be unique among them.
template <class T, class Read, class Key>
std::vector<T> read_all(const toml::table& file, std::string_view name, std::string_view origin, Read read, Key key) {
  std::vector<T> out;
  const Table whole(file, origin);
  const toml::array* array = file[name].as_array();
  if (array == nullptr || array->empty()) whole.wrong(nullptr, fmt::format("no [[{}]] at all", name));
  for (const toml::node& node : *array) {
    if (!node.is_table()) whole.wrong(&node, fmt::format("{} must be a table", name));
    const Table table(*node.as_table(), origin);
    T value = read(table);
    if (std::ranges::any_of(out, [&](const T& other) { return key(other) == key(value); })) {
      table.wrong(nullptr, fmt::format("'{}' stands twice", key(value)));
    }
    out.push_back(std::move(value));
  }
  return out;
}

}  // namespace

std::string_view severity_name(Severity severity) {
  for (const auto& [name, value] : kSeverities) {
    if (value == severity) return name;
  }
  base::ensure(false, "every severity has a name");
  return {};
}

bool stops(Severity severity) {
  return severity != Severity::Ask && severity != Severity::Note;
}

const RuleSet& RuleSet::shipped() {
  static const RuleSet rules = parse(kShippedRules, "rules.toml");
  return rules;
}

RuleSet RuleSet::parse(std::string_view text, std::string_view origin) {
  toml::table file;
  try {
    file = toml::parse(text, origin);
  } catch (const toml::parse_error& error) {
    throw base::Error(base::Fault::FixConfiguration, "reading the vetting rules",
                      fmt::format("{}:{}: {}", origin, error.source().begin.line, error.description()));
  }
  const Table whole(file, origin);
  whole.only({"version", "limits", "rule", "reason"});
  RuleSet set;
  set.version_ = whole.text("version");
  const toml::table* limits = file["limits"].as_table();
  if (limits == nullptr) whole.wrong(nullptr, "[limits] is missing");
  set.limits_ = read_limits(Table(*limits, origin));
  set.rules_ = read_all<Rule>(file, "rule", origin, read_rule, [](const Rule& r) { return r.id; });
  set.reasons_ = read_all<Reason>(file, "reason", origin, read_reason, [](const Reason& r) { return r.code; });
  return set;
}

RuleSet RuleSet::without(std::string_view id) const {
  RuleSet fewer = *this;
  std::erase_if(fewer.rules_, [&](const Rule& rule) { return rule.id == id; });
  base::ensure(fewer.rules_.size() + 1 == rules_.size(), "a rule that is taken out was in the set");
  fewer.version_ += "-" + std::string(id);
  return fewer;
}

const Reason* RuleSet::reason(std::string_view code) const {
  const auto it = std::ranges::find_if(reasons_, [&](const Reason& r) { return r.code == code; });
  return it == reasons_.end() ? nullptr : &*it;
}

}  // namespace vetting
