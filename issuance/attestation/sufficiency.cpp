#include "issuance/attestation/sufficiency.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "issuance/attestation/attestation.h"
#include "issuance/attestation/strict_toml.h"
#include "pki/base/core/error.h"

namespace attestation {

extern const std::string_view kShippedRules;

namespace {

using document::Attested;

constexpr std::array<std::pair<std::string_view, When>, 4> kWhens{
    {{"always", When::Always}, {"stated", When::Stated}, {"late", When::Late}, {"receiver", When::Receiver}}};
constexpr std::array<std::string_view, 3> kDistances{"officer", "office", "force"};
constexpr std::size_t kMostStatements = 8;  // that a rule may ask for

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

bool are_apart(const Attested& a, const Attested& b, const std::vector<std::string>& in) {
  return std::ranges::all_of(in, [&](const std::string& what) {
    if (what == "officer") return a.officer != b.officer;
    return what == "office" ? a.office != b.office : a.force != b.force;
  });
}

// Whether `more` of the statements from `from` on are apart from all that were chosen and from each other.
bool choose(const std::vector<const Attested*>& from, std::size_t start, std::size_t more,
            std::vector<const Attested*>& chosen, const std::vector<std::string>& apart) {
  if (more == 0) return true;
  for (std::size_t i = start; i < from.size(); ++i) {
    const bool fits =
        std::ranges::all_of(chosen, [&](const Attested* other) { return are_apart(*other, *from[i], apart); });
    if (!fits) continue;
    chosen.push_back(from[i]);
    if (choose(from, i + 1, more - 1, chosen, apart)) return true;
    chosen.pop_back();
  }
  return false;
}

bool in_force(const Rule& rule, base::Date today) {
  return rule.since <= today && !(rule.until && *rule.until <= today);
}

// The statements that a rule counts, and whether it has anything to say.
bool applies(const Rule& rule, std::span<const Attested> all, const std::vector<const Attested*>& counted) {
  if (rule.when == When::Stated) return !counted.empty();
  if (rule.when == When::Late) return std::ranges::any_of(all, &Attested::late);
  return true;
}

bool satisfied(const Rule& rule, std::span<const Attested> all, const Rules& rules) {
  std::vector<const Attested*> counted;
  for (const Attested& one : all) {
    if (contains(rule.of, one.kind)) counted.push_back(&one);
  }
  if (!applies(rule, all, counted)) return true;
  std::vector<const Attested*> chosen;
  if (!choose(counted, 0, rule.least, chosen, rule.apart)) return false;
  const auto is_of_other_force = [&](const Attested* one) { return !contains(rule.not_only, one->force); };
  if (!rule.not_only.empty() && std::ranges::none_of(counted, is_of_other_force)) return false;
  const auto is_kept = [&](const Attested* one) { return rules.keeps(one->force, one->evidence); };
  return !rule.record || std::ranges::any_of(counted, is_kept);
}

bool satisfied_without_receiver(const Rule& rule, std::span<const Attested> all, std::string_view receiver,
                                base::Date today, const Rules& rules) {
  std::vector<Attested> rest;
  std::ranges::copy_if(all, std::back_inserter(rest), [&](const Attested& one) { return one.officer != receiver; });
  const bool stated = std::ranges::any_of(
      all, [&](const Attested& one) { return one.officer == receiver && contains(rule.of, one.kind); });
  if (!stated) return true;
  // What the receiver said of a late registration stays said.
  const bool late = std::ranges::any_of(all, &Attested::late);
  if (late && !rest.empty()) rest.front().late = true;
  return std::ranges::all_of(rules.all(), [&](const Rule& other) {
    return other.again || !in_force(other, today) || satisfied(other, rest, rules);
  });
}

Rule read_rule(const StrictToml& toml, const toml::table& table) {
  toml.only(table, {"id", "when", "of", "least", "apart", "not_only", "record", "again", "legal", "vi", "en", "since",
                    "until"});
  Rule rule{.id = toml.text(table, "id"),
            .when = When::Always,
            .of = toml.texts(table, "of"),
            .least = static_cast<std::size_t>(toml.number(table, "least")),
            .apart = toml.texts(table, "apart"),
            .not_only = toml.texts(table, "not_only"),
            .record = toml.flag(table, "record"),
            .again = toml.flag(table, "again"),
            .legal = toml.text(table, "legal"),
            .vi = toml.text(table, "vi"),
            .en = toml.text(table, "en"),
            .since = toml.day(table, "since"),
            .until = toml.maybe_day(table, "until")};
  const std::string when = toml.text(table, "when");
  const auto known = std::ranges::find_if(kWhens, [&](const auto& entry) { return entry.first == when; });
  if (known == kWhens.end()) toml.refuse(table, fmt::format("'when' cannot be '{}'", when));
  rule.when = known->second;
  if (rule.of.empty() || !std::ranges::all_of(rule.of, is_kind))
    toml.refuse(table, "'of' must list kinds of statement");
  if (!std::ranges::all_of(rule.not_only, is_force)) toml.refuse(table, "'not_only' must list forces");
  const auto is_distance = [](const std::string& word) {
    return std::ranges::find(kDistances, word) != kDistances.end();
  };
  if (!std::ranges::all_of(rule.apart, is_distance)) toml.refuse(table, "'apart' must list officer, office or force");
  if (rule.least > kMostStatements) toml.refuse(table, "'least' is at most 8");
  if (rule.again != (rule.when == When::Receiver)) toml.refuse(table, "'again' belongs to 'when = \"receiver\"'");
  if (rule.least == 0 && rule.not_only.empty() && !rule.record && !rule.again)
    toml.refuse(table, "it asks for nothing");
  return rule;
}

}  // namespace

const Rules& Rules::shipped() {
  static const Rules rules = parse(kShippedRules, "sufficiency.toml");
  return rules;
}

Rules Rules::parse(std::string_view text, std::string_view origin) {
  const StrictToml toml(text, std::string(origin), "reading the rules of sufficiency");
  toml.only(toml.root(), {"version", "records", "rule"});
  Rules rules;
  rules.version_ = toml.text(toml.root(), "version");
  const toml::node* const records = toml.root().get("records");
  const toml::table* const keepers = records != nullptr ? records->as_table() : nullptr;
  if (keepers == nullptr) toml.refuse(toml.root(), "[records] is missing");
  for (const auto& [evidence, node] : *keepers) {
    const auto forces = toml.texts(*keepers, evidence.str());
    if (!is_evidence(evidence.str())) toml.refuse(node, fmt::format("'{}' is no evidence", evidence.str()));
    if (!std::ranges::all_of(forces, is_force)) toml.refuse(node, "a record is kept by forces");
    rules.keepers_.emplace(evidence.str(), forces);
  }
  for (const toml::table* const table : toml.tables("rule")) {
    Rule rule = read_rule(toml, *table);
    const auto same = [&](const Rule& other) { return other.id == rule.id; };
    if (std::ranges::any_of(rules.rules_, same)) toml.refuse(*table, fmt::format("'{}' stands twice", rule.id));
    rules.rules_.push_back(std::move(rule));
  }
  if (rules.rules_.empty()) toml.refuse(toml.root(), "no [[rule]] at all");
  return rules;
}

Rules Rules::without(std::string_view id) const {
  Rules fewer = *this;
  std::erase_if(fewer.rules_, [&](const Rule& rule) { return rule.id == id; });
  base::ensure(fewer.rules_.size() + 1 == rules_.size(), "a rule that is taken out was among them");
  fewer.version_ += "-" + std::string(id);
  return fewer;
}

bool Rules::keeps(const std::string& force, const std::string& evidence) const {
  const auto found = keepers_.find(evidence);
  return found != keepers_.end() && contains(found->second, force);
}

std::vector<Shortfall> judge(std::span<const Attested> attestations, std::string_view receiver, base::Date today,
                             const Rules& rules) {
  std::vector<Shortfall> shortfalls;
  for (const Rule& rule : rules.all()) {
    if (!in_force(rule, today)) continue;
    const bool enough = rule.again ? satisfied_without_receiver(rule, attestations, receiver, today, rules)
                                   : satisfied(rule, attestations, rules);
    if (!enough) shortfalls.push_back({rule.id, rule.legal, rule.vi, rule.en});
  }
  return shortfalls;
}

}  // namespace attestation
