// Comparing without telling: match (claimed attributes, which disagree) and verify (predicates, yes or no).

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "issuance/registry/routes_fields.h"
#include "smartcard/document/card_order.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr std::size_t kMostPredicates = 8;
constexpr std::array<std::string_view, 3> kFlags{"alive", "citizen", "missing"};
constexpr std::array<std::string_view, 4> kNeverCompared{"custody", "watch", "cards", "open_case"};

bool is_flag(std::string_view attribute) {
  return std::ranges::find(kFlags, attribute) != kFlags.end();
}

bool is_text(std::string_view attribute) {
  return std::ranges::find(attribute_names(), attribute) != attribute_names().end() && !is_flag(attribute) &&
         attribute != "age" && std::ranges::find(kNeverCompared, attribute) == kNeverCompared.end();
}

// The first character that differs, counted from 1. Both are NFC.
std::size_t first_difference(std::string_view claimed, std::string_view registered) {
  std::size_t character = 0;
  for (std::size_t i = 0; i < claimed.size() && i < registered.size(); ++i) {
    if ((static_cast<unsigned char>(claimed[i]) & 0xC0U) != 0x80U) ++character;
    if (claimed[i] != registered[i]) return character;
  }
  const std::string_view longer = claimed.size() > registered.size() ? claimed : registered;
  const std::size_t common = std::min(claimed.size(), registered.size());
  const bool inside = common < longer.size() && (static_cast<unsigned char>(longer[common]) & 0xC0U) == 0x80U;
  return inside ? character : character + 1;
}

template <class T>
bool compare(const T& left, std::string_view comparison, const T& right) {
  if (comparison == "=") return left == right;
  if (comparison == "!=") return left != right;
  if (comparison == "<") return left < right;
  if (comparison == "<=") return left <= right;
  if (comparison == ">") return left > right;
  return left >= right;
}

struct Predicate {
  std::string attribute, comparison;
  json value;
};

// One predicate, of the right form: age and birth know every comparison, texts = and !=, the rest =.
Predicate predicate_of(const json& given) {
  if (!given.is_object()) malformed("predicates", "Each must be an object.");
  Fields fields(given);
  Predicate predicate{fields.text("attribute"), fields.text("operator"), fields.value("value")};
  fields.end();
  constexpr std::array<std::string_view, 6> kAll{"=", "!=", "<", "<=", ">", ">="};
  const bool known = std::ranges::find(kAll, predicate.comparison) != kAll.end();
  const bool equality = predicate.comparison == "=" || predicate.comparison == "!=";
  bool fits = false;
  if (predicate.attribute == "age") {
    fits = known && predicate.value.is_number_integer() && predicate.value >= 0 && predicate.value <= 150;
  } else if (predicate.attribute == "birth") {
    fits = known && predicate.value.is_string() && base::parse_iso_date(predicate.value.get<std::string>());
  } else if (is_flag(predicate.attribute)) {
    fits = predicate.comparison == "=" && predicate.value.is_boolean();
  } else if (is_text(predicate.attribute)) {
    fits = equality && predicate.value.is_string();
    if (fits) check_text("predicates", predicate.value.get<std::string>());
  }
  if (!fits) malformed("predicates", "Attribute, operator and value do not fit each other.");
  return predicate;
}

// An age may be asked only at the thresholds of the scope: whoever asks for every age learns it.
void demand_age(const Desk& desk, const Asked& asked, const std::string& purpose, const Predicate& predicate) {
  const Scope* const scope = desk.scopes.find(asked.client.role, purpose);
  const int age = predicate.value.get<int>();
  if (scope->ages.empty() || std::ranges::find(scope->ages, age) != scope->ages.end()) return;
  refuse_scope(fmt::format("{}/verify/age/{}", purpose, age));
}

bool holds(const Predicate& predicate, const Record& record, const json& person, base::Date day) {
  if (predicate.attribute == "age")
    return compare(base::age_at(record.person.birth, day), predicate.comparison, predicate.value.get<int>());
  if (predicate.attribute == "birth")
    return compare(base::to_iso(record.person.birth), predicate.comparison, predicate.value.get<std::string>());
  if (predicate.attribute == "alive") return record.alive == predicate.value.get<bool>();
  if (predicate.attribute == "citizen") return record.citizen == predicate.value.get<bool>();
  if (predicate.attribute == "missing") return record.missing == predicate.value.get<bool>();
  return compare(person.at(predicate.attribute).get<std::string>(), predicate.comparison,
                 predicate.value.get<std::string>());
}

}  // namespace

net::HttpResponse match_person(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const json& claims = fields.value("attributes");
  const auto as_of = fields.as_of(desk.clock.today());
  fields.end();
  if (!claims.is_object() || claims.empty()) malformed("attributes", "It must be an object of claimed attributes.");
  std::vector<std::string> attributes;
  for (const auto& [attribute, claim] : claims.items()) {
    if (!is_text(attribute)) malformed("attributes", "It names what is not compared letter by letter.");
    if (!claim.is_string()) malformed(attribute, "It must be a text.");
    check_text(attribute, claim.get<std::string>());
    attributes.push_back(attribute);
  }
  demand(desk, asked, purpose, "match", attributes);
  desk.book.keep(access_of(asked, number, purpose, "match", attributes), desk.random);
  const auto record = desk.store.find(number, as_of);
  if (!record) return ok(cancelled_or_not_found(desk.store, number, as_of));
  const json person = document::to_json(record->person);
  json differences = json::array();
  for (const std::string& attribute : attributes) {
    const auto claimed = claims.at(attribute).get<std::string>();
    const auto registered = person.at(attribute).get<std::string>();
    if (claimed == registered) continue;
    differences.push_back({{"attribute", attribute}, {"character", first_difference(claimed, registered)}});
  }
  return ok({{"number", number.text()},
             {"status", "found"},
             {"matches", differences.empty()},
             {"differences", std::move(differences)}});
}

net::HttpResponse verify_person(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const json& list = fields.value("predicates");
  const auto as_of = fields.as_of(desk.clock.today());
  fields.end();
  if (!list.is_array() || list.empty() || list.size() > kMostPredicates)
    malformed("predicates", fmt::format("It must be a list of 1 to {} predicates.", kMostPredicates));
  std::vector<Predicate> predicates;
  std::vector<std::string> attributes;
  for (const json& given : list) {
    predicates.push_back(predicate_of(given));
    attributes.push_back(predicates.back().attribute);
  }
  demand(desk, asked, purpose, "verify", attributes);
  for (const Predicate& predicate : predicates) {
    if (predicate.attribute == "age") demand_age(desk, asked, purpose, predicate);
  }
  desk.book.keep(access_of(asked, number, purpose, "verify", attributes), desk.random);
  const auto record = desk.store.find(number, as_of);
  if (!record) return ok(cancelled_or_not_found(desk.store, number, as_of));
  const json person = document::to_json(record->person);
  const base::Date day = as_of.value_or(desk.clock.today());
  bool all = true;
  json results = json::array();
  for (const Predicate& predicate : predicates) {
    const bool result = holds(predicate, *record, person, day);
    all = all && result;
    results.push_back({{"attribute", predicate.attribute}, {"operator", predicate.comparison}, {"result", result}});
  }
  return ok({{"number", number.text()}, {"status", "found"}, {"verified", all}, {"results", std::move(results)}});
}

}  // namespace registry
