// Looking at persons: find, read, identities, status, history, accesses.

#include <algorithm>
#include <array>

#include "issuance/registry/routes_fields.h"
#include "pki/base/core/error.h"
#include "smartcard/document/card_order.h"

namespace registry {

namespace {

using nlohmann::json;

constexpr int kFoundUnlessToldOtherwise = 10;

bool is_granted(const Desk& desk, const Asked& asked, std::string_view purpose, std::string_view operation,
                const std::string& attribute) {
  return !desk.scopes.lacking(asked.client.role, purpose, operation, {attribute});
}

json cards_of(const std::vector<document::RegisteredCard>& cards) {
  json list = json::array();
  for (const auto& card : cards)
    list.push_back({{"chip_serial", card.chip_serial}, {"status", card.status}, {"issued", card.issued}});
  return list;
}

// Attributes that are not in the person's own row.
bool is_derived(std::string_view attribute) {
  constexpr std::array<std::string_view, 7> kDerived{"alive", "citizen", "missing",  "custody",
                                                     "watch", "cards",   "open_case"};
  return std::ranges::find(kDerived, attribute) != kDerived.end();
}

json value_of(const Record& record, const std::string& attribute) {
  if (attribute == "alive") return record.alive;
  if (attribute == "citizen") return record.citizen;
  if (attribute == "missing") return record.missing;
  if (attribute == "custody") return record.custody;
  if (attribute == "watch") return record.watch;
  if (attribute == "cards") return cards_of(record.cards);
  if (attribute == "open_case") return record.open_case;
  const auto text = document::field_text(record.person, attribute);
  base::ensure(text.has_value(), "an attribute of the scopes is no field of a person");
  return *text;
}

// The attributes as of a day; nullopt: nobody has the number then. One look-up when the row alone is asked for.
std::optional<json> attributes_told(Store& store, const CitizenNumber& number,
                                    const std::vector<std::string>& attributes, std::optional<base::Date> as_of) {
  Record record{.person = {.number = number}};
  if (!as_of && std::ranges::none_of(attributes, is_derived)) {
    auto person = store.person(number);
    if (!person) return std::nullopt;
    record.person = std::move(*person);
  } else {
    auto found = store.find(number, as_of);
    if (!found) return std::nullopt;
    record = std::move(*found);
  }
  json told = json::object();
  for (const std::string& attribute : attributes) told[attribute] = value_of(record, attribute);
  return told;
}

std::vector<std::string> told_attributes(std::string_view list) {
  auto attributes = attributes_of(list);
  if (std::ranges::find(attributes, "age") != attributes.end())
    malformed("attributes", "An age is compared (verify) and never told.");
  return attributes;
}

// The terms of {"expressions": [{"attribute", "operator", "value"}, …]}: a name, and perhaps a day of birth.
SearchTerms terms_of(Fields& fields) {
  const json& expressions = fields.value("expressions");
  if (!expressions.is_array() || expressions.empty()) malformed("expressions", "It must be a list with a name in it.");
  SearchTerms terms;
  for (const json& expression : expressions) {
    if (!expression.is_object()) malformed("expressions", "Each must be an object.");
    Fields parts(expression);
    const std::string attribute = parts.text("attribute"), comparison = parts.text("operator");
    if (attribute == "full_name" && comparison == "contains" && terms.name.empty()) {
      terms.name = parts.text("value");
      check_text("value", terms.name);
    } else if (attribute == "birth" && comparison == "=" && !terms.birth) {
      terms.birth = parts.day("value");
    } else {
      malformed("expressions", "One may ask for full_name contains … and birth = …, each once.");
    }
    parts.end();
  }
  if (terms.name.empty()) malformed("expressions", "A word of the name is required.");
  return terms;
}

std::string joined(const json& list) {
  if (!list.is_array() || list.empty()) malformed("attributes", "It must be a list of attributes.");
  std::string text;
  for (const json& name : list) {
    if (!name.is_string()) malformed("attributes", "It must be a list of attributes.");
    if (!text.empty()) text += ',';
    text += name.get<std::string>();
  }
  return text;
}

json event_told(const Event& event, const Desk& desk, const Asked& asked, const std::string& purpose) {
  json changes = json::object();
  for (const auto& [field, change] : event.changes) {
    if (!is_granted(desk, asked, purpose, "history", field)) continue;
    changes[field] = {{"before", change.before ? json(*change.before) : json(nullptr)}, {"after", change.after}};
  }
  json told{{"id", event.id},
            {"kind", event_name(event.kind)},
            {"on", base::to_iso(event.on)},
            {"recorded_at", event.recorded_at ? base::to_rfc3339(*event.recorded_at) : ""},
            {"basis", event.basis},
            {"changes", std::move(changes)}};
  // The other number of a marriage is another person's.
  if (event.kind == EventKind::NumberReestablished) told["other"] = event.other;
  return told;
}

}  // namespace

net::HttpResponse find_persons(Desk& desk, const Asked& asked) {
  const json body = body_of(asked.request);
  Fields fields(body);
  const std::string purpose = fields.reference("purpose");
  const SearchTerms terms = terms_of(fields);
  const auto attributes = told_attributes(joined(fields.value("attributes")));
  const int limit = fields.count("limit", kMostFound, kFoundUnlessToldOtherwise);
  fields.end();
  demand(desk, asked, purpose, "find", attributes);
  const auto numbers = desk.store.search(terms, limit);
  std::vector<Access> looks;
  for (const CitizenNumber& number : numbers) looks.push_back(access_of(asked, number, purpose, "find", attributes));
  if (looks.empty()) looks.push_back(access_of(asked, std::nullopt, purpose, "find", attributes));
  desk.book.keep(looks, desk.random);
  json persons = json::array();
  for (const CitizenNumber& number : numbers) {
    auto told = attributes_told(desk.store, number, attributes, std::nullopt);
    if (told) persons.push_back({{"number", number.text()}, {"attributes", std::move(*told)}});
  }
  return ok({{"persons", std::move(persons)}});
}

net::HttpResponse read_person(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json query = query_of(asked.request);
  Fields fields(query);
  const std::string purpose = fields.reference("purpose");
  const auto attributes = told_attributes(fields.text("attributes"));
  const auto as_of = fields.as_of(desk.clock.today());
  fields.end();
  demand(desk, asked, purpose, "read", attributes);
  desk.book.keep(access_of(asked, number, purpose, "read", attributes), desk.random);
  auto told = attributes_told(desk.store, number, attributes, as_of);
  if (!told) return ok(cancelled_or_not_found(desk.store, number, as_of));
  json answer{{"number", number.text()}, {"status", "found"}, {"attributes", std::move(*told)}};
  if (as_of) answer["as_of"] = base::to_iso(*as_of);
  return ok(answer);
}

net::HttpResponse read_status(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json query = query_of(asked.request);
  Fields fields(query);
  const std::string purpose = fields.reference("purpose");
  const auto as_of = fields.as_of(desk.clock.today());
  fields.end();
  demand(desk, asked, purpose, "status");
  desk.book.keep(access_of(asked, number, purpose, "status", {}), desk.random);
  const Standing standing = desk.store.standing(number, as_of);
  if (standing.status == "not-found") not_found();
  json answer{{"number", number.text()}, {"status", standing.status}, {"version", standing.version}};
  if (standing.status == "cancelled") {
    answer["replaced_by"] = standing.replaced_by;
    return ok(answer);
  }
  const auto tell = [&](const char* attribute, const json& value) {
    if (is_granted(desk, asked, purpose, "status", attribute)) answer[attribute] = value;
  };
  tell("alive", standing.alive);
  tell("citizen", standing.citizen);
  tell("missing", standing.missing);
  tell("custody", standing.custody);
  return ok(answer);
}

net::HttpResponse read_identities(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json query = query_of(asked.request);
  Fields fields(query);
  const std::string purpose = fields.reference("purpose");
  fields.end();
  demand(desk, asked, purpose, "identities");
  desk.book.keep(access_of(asked, number, purpose, "identities", {}), desk.random);
  const auto record = desk.store.find(number);
  if (!record) return ok(cancelled_or_not_found(desk.store, number, std::nullopt));
  json former = json::array();
  for (const CitizenNumber& old : desk.store.former_numbers(number)) former.push_back(old.text());
  json answer{{"number", number.text()}, {"status", "found"}, {"former_numbers", std::move(former)}};
  if (is_granted(desk, asked, purpose, "identities", "old_id")) answer["old_id"] = record->person.old_id;
  if (is_granted(desk, asked, purpose, "identities", "cards")) answer["cards"] = cards_of(record->cards);
  return ok(answer);
}

net::HttpResponse read_history(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json query = query_of(asked.request);
  Fields fields(query);
  const std::string purpose = fields.reference("purpose");
  fields.end();
  demand(desk, asked, purpose, "history");
  desk.book.keep(access_of(asked, number, purpose, "history", {}), desk.random);
  const Standing standing = desk.store.standing(number);
  if (standing.status != "found") return ok(cancelled_or_not_found(desk.store, number, std::nullopt));
  json events = json::array();
  for (const Event& event : desk.store.history(number)) events.push_back(event_told(event, desk, asked, purpose));
  return ok(
      {{"number", number.text()}, {"status", "found"}, {"version", standing.version}, {"events", std::move(events)}});
}

net::HttpResponse read_accesses(Desk& desk, const Asked& asked) {
  const CitizenNumber number = number_in_path(asked);
  const json query = query_of(asked.request);
  Fields fields(query);
  const std::string purpose = fields.reference("purpose");
  fields.end();
  demand(desk, asked, purpose, "accesses");
  desk.book.keep(access_of(asked, number, purpose, "accesses", {}), desk.random);
  json list = json::array();
  for (const KeptAccess& kept : desk.book.accesses(number)) {
    list.push_back({{"at", base::to_rfc3339(kept.at)},
                    {"client", kept.access.client},
                    {"role", kept.access.role},
                    {"purpose", kept.access.purpose},
                    {"operation", kept.access.operation},
                    {"attributes", kept.access.attributes},
                    {"case", kept.access.case_id}});
  }
  return ok({{"number", number.text()}, {"accesses", std::move(list)}});
}

}  // namespace registry
