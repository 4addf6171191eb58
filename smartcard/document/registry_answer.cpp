#include "smartcard/document/registry_answer.h"

#include <algorithm>
#include <array>

#include "smartcard/document/card_order.h"
#include "smartcard/document/json_fields.h"

namespace document {

namespace {

using nlohmann::json;

// One row of a list, written and read by the same names.
json to_json(const RegisteredCard& card) {
  return {{"chip_serial", card.chip_serial}, {"status", card.status}, {"issued", card.issued}};
}
json to_json(const Attested& a) {
  return {
      {"kind", a.kind},       {"late", a.late},         {"office", a.office}, {"force", a.force},
      {"officer", a.officer}, {"evidence", a.evidence}, {"on", a.on},         {"statement_sha256", a.statement_sha256}};
}
json to_json(const RegisteredEvent& event) {
  return {{"kind", event.kind}, {"on", event.on}};
}
json to_json(const SeeminglySame& other) {
  return {{"kind", other.kind}, {"state", other.state}};
}

template <class Item>
json list_of(const std::vector<Item>& items) {
  json list = json::array();
  for (const Item& item : items) list.push_back(to_json(item));
  return list;
}

template <class Item, class Read>
std::vector<Item> list_from(JsonFields& fields, const char* name, const char* form, Read read) {
  const json& list = fields.value(name);
  if (!list.is_array()) fields.refuse(name, "is no list");
  std::vector<Item> items;
  for (const json& entry : list) {
    JsonFields one(entry, form);
    items.push_back(read(one));
    one.end();
  }
  return items;
}

RegisteredCard read_card(JsonFields& f) {
  return {.chip_serial = f.text("chip_serial"), .status = f.text("status"), .issued = f.text("issued")};
}
Attested read_attested(JsonFields& f) {
  return {.kind = f.text("kind"),
          .late = f.truth("late"),
          .office = f.text("office"),
          .force = f.text("force"),
          .officer = f.text("officer"),
          .evidence = f.text("evidence"),
          .on = f.text("on"),
          .statement_sha256 = f.text("statement_sha256")};
}
RegisteredEvent read_event(JsonFields& f) {
  return {.kind = f.text("kind"), .on = f.text("on")};
}
SeeminglySame read_duplicate(JsonFields& f) {
  return {.kind = f.text("kind"), .state = f.text("state")};
}

std::vector<std::string> texts_from(JsonFields& fields, const char* name) {
  const json& list = fields.value(name);
  if (!list.is_array()) fields.refuse(name, "is no list");
  std::vector<std::string> texts;
  for (const json& entry : list) {
    if (!entry.is_string()) fields.refuse(name, "holds something that is no text");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

}  // namespace

nlohmann::json to_json(const RegistryAnswer& a) {
  return {{"number", a.number},
          {"case", a.case_id},
          {"purpose", a.purpose},
          {"at", base::to_rfc3339(a.at)},
          {"nonce", a.nonce},
          {"status", a.status},
          {"person", a.person ? to_json(*a.person) : json(nullptr)},
          {"citizen", a.citizen},
          {"alive", a.alive},
          {"cards", list_of(a.cards)},
          {"open_case", a.open_case},
          {"missing", a.missing},
          {"custody", a.custody},
          {"watch", a.watch},
          {"duplicates", list_of(a.duplicates)},
          {"attestations", list_of(a.attestations)},
          {"events", list_of(a.events)},
          {"replaced_by", a.replaced_by},
          {"version", a.version},
          {"as_of", a.as_of},
          {"extract", a.extract}};
}

RegistryAnswer registry_answer_from_json(const nlohmann::json& json) {
  JsonFields fields(json, "registry answer");
  RegistryAnswer answer;
  answer.number = fields.text("number");
  answer.case_id = fields.text("case");
  answer.purpose = fields.text("purpose");
  answer.at = fields.moment("at");
  answer.nonce = fields.text("nonce");
  answer.status = fields.text("status");
  if (const auto& person = fields.value("person"); !person.is_null()) answer.person = person_from_json(person);
  answer.citizen = fields.truth("citizen");
  answer.alive = fields.truth("alive");
  answer.cards = list_from<RegisteredCard>(fields, "cards", "registered card", read_card);
  answer.open_case = fields.text("open_case");
  answer.missing = fields.truth("missing");
  answer.custody = fields.text("custody");
  answer.watch = texts_from(fields, "watch");
  answer.duplicates = list_from<SeeminglySame>(fields, "duplicates", "duplicate", read_duplicate);
  answer.attestations = list_from<Attested>(fields, "attestations", "attestation", read_attested);
  answer.events = list_from<RegisteredEvent>(fields, "events", "registered event", read_event);
  answer.replaced_by = fields.text("replaced_by");
  const auto& version = fields.value("version");
  if (!version.is_number_integer()) fields.refuse("version", "is no whole number");
  answer.version = version.get<std::int64_t>();
  answer.as_of = fields.text("as_of");
  answer.extract = fields.text("extract");
  fields.end();
  if ((answer.status == "found") != answer.person.has_value()) fields.refuse("person", "does not fit the status");
  return answer;
}

std::vector<std::string> differing_members(const RegistryAnswer& one, const RegistryAnswer& other) {
  constexpr std::string_view kOfTheQuestion[] = {"case",      "purpose", "at",    "nonce",
                                                 "open_case", "version", "as_of", "extract"};
  const json first = to_json(one), second = to_json(other);
  std::vector<std::string> differing;
  for (const auto& [name, value] : first.items()) {
    const json& against = second.at(name);
    if (value == against || std::ranges::find(kOfTheQuestion, name) != std::end(kOfTheQuestion)) continue;
    if (!value.is_object() || !against.is_object()) {
      differing.push_back(name);
      continue;
    }
    for (const auto& [field, text] : value.items()) {
      if (against.at(field) != text) differing.push_back(field);
    }
  }
  return differing;
}

}  // namespace document
