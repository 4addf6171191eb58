#include "smartcard/document/person.h"

#include "smartcard/document/card_order.h"
#include "smartcard/document/json_fields.h"

namespace document {

nlohmann::json to_json(const Person& p) {
  return {{"number", p.number.text()},
          {"full_name", p.full_name},
          {"birth", base::to_iso(p.birth)},
          {"sex", vietnamese(p.sex)},
          {"nationality", p.nationality},
          {"ethnicity", p.ethnicity},
          {"religion", p.religion},
          {"place_of_origin", p.place_of_origin},
          {"place_of_birth", p.place_of_birth},
          {"residence", p.residence},
          {"father", p.father},
          {"mother", p.mother},
          {"spouse", p.spouse},
          {"old_id", p.old_id},
          {"cancelled_number", p.cancelled_number}};
}

Person person_from_json(const nlohmann::json& json) {
  JsonFields fields(json, "person");
  const auto number = CitizenNumber::parse(fields.text("number"));
  if (!number) fields.refuse("number", "is not twelve digits");
  const auto sex = parse_vietnamese_sex(fields.text("sex"));
  if (!sex) fields.refuse("sex", "is neither Nam nor Nữ");
  Person person{.number = *number,
                .full_name = fields.text("full_name"),
                .birth = fields.date("birth"),
                .sex = *sex,
                .nationality = fields.text("nationality"),
                .ethnicity = fields.text("ethnicity"),
                .religion = fields.text("religion"),
                .place_of_origin = fields.text("place_of_origin"),
                .place_of_birth = fields.text("place_of_birth"),
                .residence = fields.text("residence"),
                .father = fields.text("father"),
                .mother = fields.text("mother"),
                .spouse = fields.text("spouse"),
                .old_id = fields.text("old_id"),
                .cancelled_number = fields.text("cancelled_number")};
  fields.end();
  return person;
}

}  // namespace document
