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

constexpr std::array<std::pair<std::string_view, OldCard>, 2> kOldCards{
    {{"none", OldCard::None}, {"withdraw", OldCard::Withdraw}}};
constexpr std::array<std::pair<std::string_view, Closing::Act>, 2> kActs{
    {{"revoke", Closing::Act::Revoke}, {"hold", Closing::Act::Hold}}};
constexpr std::array<std::string_view, 27> kEvidence{"claim.number",
                                                     "claim.full_name",
                                                     "claim.birth",
                                                     "claim.sex",
                                                     "claim.reason",
                                                     "claim.marks",
                                                     "claim.portrait",
                                                     "claim.fingers",
                                                     "claim.form",
                                                     "claim.representative",
                                                     "register.status",
                                                     "register.person",
                                                     "register.alive",
                                                     "register.citizen",
                                                     "register.missing",
                                                     "register.custody",
                                                     "register.watch",
                                                     "register.cards",
                                                     "register.cases",
                                                     "register.duplicates",
                                                     "register.attestations",
                                                     "register.events",
                                                     "register.extract",
                                                     "table.provinces",
                                                     "table.centuries",
                                                     "station.receiver",
                                                     "clock"};

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

  std::vector<std::string> texts(std::string_view key) const {
    const auto* node = table_.get(key);
    const toml::array* array = node != nullptr ? node->as_array() : nullptr;
    if (array == nullptr || array->empty()) wrong(node, fmt::format("{} must be a list that is not empty", key));
    std::vector<std::string> out;
    for (const toml::node& entry : *array) {
      const auto value = entry.value_exact<std::string>();
      if (!value || value->empty()) wrong(&entry, fmt::format("{} must be a list of texts", key));
      out.push_back(*value);
    }
    return out;
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

// A rule that is judged before the register was asked can have no evidence of the register's, any other must have some.
std::vector<std::string> read_evidence(const Table& table, bool needs_answer) {
  std::vector<std::string> evidence = table.texts("evidence");
  for (const std::string& word : evidence) {
    if (std::ranges::find(kEvidence, word) == kEvidence.end()) {
      table.wrong(table.node("evidence"), fmt::format("'{}' is no evidence", word));
    }
  }
  const bool register_asked =
      std::ranges::any_of(evidence, [](const std::string& word) { return word.starts_with("register."); });
  if (register_asked != needs_answer) table.wrong(table.node("evidence"), "needs and evidence contradict each other");
  return evidence;
}

Rule read_rule(const Table& table) {
  table.only({"id", "severity", "needs", "field", "evidence", "legal", "vi", "en", "since", "until", "closing"});
  const std::string needs = table.text("needs");
  if (needs != "application" && needs != "answer")
    table.wrong(table.node("needs"), "needs must be application or answer");
  Rule rule{.id = table.text("id"),
            .severity = table.word("severity", kSeverities),
            .needs_answer = needs == "answer",
            .field = table.text("field"),
            .evidence = read_evidence(table, needs == "answer"),
            .legal = table.text("legal"),
            .vi = table.text("vi"),
            .en = table.text("en"),
            .since = table.date("since"),
            .until = {},
            .closing = table.node("closing") != nullptr ? table.text("closing") : ""};
  if (table.node("until") != nullptr) rule.until = table.date("until");
  if (rule.until && *rule.until < rule.since) table.wrong(table.node("until"), "until lies before since");
  if (predicate(rule.id) == nullptr) table.wrong(table.node("id"), fmt::format("no predicate is called '{}'", rule.id));
  return rule;
}

Reason read_reason(const Table& table) {
  table.only({"code", "replaces", "old_card", "age_from", "age_below", "milestone", "legal", "vi", "en"});
  Reason reason{.code = table.text("code"),
                .replaces = table.word("replaces", kReplaces),
                .old_card = table.word("old_card", kOldCards),
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

Closing read_closing(const Table& table) {
  table.only({"code", "act", "legal", "vi", "en"});
  return {.code = table.text("code"),
          .act = table.word("act", kActs),
          .legal = table.text("legal"),
          .vi = table.text("vi"),
          .en = table.text("en")};
}

Limits read_limits(const Table& table) {
  table.only({"portrait_least_width", "portrait_least_height", "portrait_most_pixels", "portrait_most_bytes",
              "finger_least_side", "finger_most_side", "finger_most_bytes", "dg13_longest_text", "extract_most_hours"});
  const auto need = [&](std::string_view key) {
    const auto value = table.number(key);
    if (!value) table.wrong(nullptr, fmt::format("{} is missing", key));
    return *value;
  };
  return {.portrait_least_width = need("portrait_least_width"),
          .portrait_least_height = need("portrait_least_height"),
          .portrait_most_pixels = need("portrait_most_pixels"),
          .portrait_most_bytes = need("portrait_most_bytes"),
          .finger_least_side = need("finger_least_side"),
          .finger_most_side = need("finger_most_side"),
          .finger_most_bytes = need("finger_most_bytes"),
          .dg13_longest_text = need("dg13_longest_text"),
          .extract_most_hours = need("extract_most_hours")};
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
  whole.only({"version", "undetermined_nationality", "units_reorganized", "limits", "rule", "reason", "closing"});
  RuleSet set;
  set.attestations_ = attestation::Rules::shipped();
  set.version_ = fmt::format("{}+{}", whole.text("version"), set.attestations_.version());
  const toml::table* limits = file["limits"].as_table();
  if (limits == nullptr) whole.wrong(nullptr, "[limits] is missing");
  set.limits_ = read_limits(Table(*limits, origin));
  set.rules_ = read_all<Rule>(file, "rule", origin, read_rule, [](const Rule& r) { return r.id; });
  set.reasons_ = read_all<Reason>(file, "reason", origin, read_reason, [](const Reason& r) { return r.code; });
  set.closings_ = read_all<Closing>(file, "closing", origin, read_closing, [](const Closing& c) { return c.code; });
  set.open_nationalities_ = whole.texts("undetermined_nationality");
  set.units_reorganized_ = whole.date("units_reorganized");
  for (const Rule& rule : set.rules_) {
    if (rule.closing.empty() || set.closing(rule.closing) != nullptr) continue;
    whole.wrong(file.get("rule"), fmt::format("{}: '{}' is no ground of a [[closing]]", rule.id, rule.closing));
  }
  return set;
}

RuleSet RuleSet::without(std::string_view id) const {
  RuleSet fewer = *this;
  if (rule(id) != nullptr) {
    std::erase_if(fewer.rules_, [&](const Rule& rule) { return rule.id == id; });
  } else {
    fewer.attestations_ = attestations_.without(id);
  }
  fewer.version_ += "-" + std::string(id);
  return fewer;
}

bool RuleSet::leaves_nationality_open(std::string_view nationality) const {
  return std::ranges::find(open_nationalities_, nationality) != open_nationalities_.end();
}

const Rule* RuleSet::rule(std::string_view id) const {
  const auto it = std::ranges::find_if(rules_, [&](const Rule& r) { return r.id == id; });
  return it == rules_.end() ? nullptr : &*it;
}

const Reason* RuleSet::reason(std::string_view code) const {
  const auto it = std::ranges::find_if(reasons_, [&](const Reason& r) { return r.code == code; });
  return it == reasons_.end() ? nullptr : &*it;
}

const Closing* RuleSet::closing(std::string_view code) const {
  const auto it = std::ranges::find_if(closings_, [&](const Closing& c) { return c.code == code; });
  return it == closings_.end() ? nullptr : &*it;
}

}  // namespace vetting
