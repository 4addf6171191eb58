#include "smartcard/document/registry_answer.h"

#include "smartcard/document/card_order.h"
#include "smartcard/document/json_fields.h"

namespace document {

nlohmann::json to_json(const RegistryAnswer& a) {
  auto cards = nlohmann::json::array();
  for (const RegisteredCard& card : a.cards) {
    cards.push_back({{"chip_serial", card.chip_serial}, {"status", card.status}, {"issued", card.issued}});
  }
  return {{"number", a.number},
          {"case", a.case_id},
          {"purpose", a.purpose},
          {"at", base::to_rfc3339(a.at)},
          {"nonce", a.nonce},
          {"status", a.status},
          {"person", a.person ? to_json(*a.person) : nlohmann::json(nullptr)},
          {"citizen", a.citizen},
          {"alive", a.alive},
          {"cards", std::move(cards)},
          {"open_case", a.open_case}};
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
  const auto& cards = fields.value("cards");
  if (!cards.is_array()) fields.refuse("cards", "is no list");
  for (const auto& item : cards) {
    JsonFields card(item, "registered card");
    answer.cards.push_back({card.text("chip_serial"), card.text("status"), card.text("issued")});
    card.end();
  }
  answer.open_case = fields.text("open_case");
  fields.end();
  if ((answer.status == "found") != answer.person.has_value()) fields.refuse("person", "does not fit the status");
  return answer;
}

}  // namespace document
