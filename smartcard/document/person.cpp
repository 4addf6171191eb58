#include "smartcard/document/person.h"

#include <array>

#include "smartcard/document/card_order.h"
#include "smartcard/document/json_fields.h"

namespace document {

namespace {

struct Field {
  const char* name;
  std::string (*text)(const Person&);
};

template <std::string Person::*Member>
std::string as_it_stands(const Person& person) {
  return person.*Member;
}

constexpr std::array<Field, 15> kFields{{
    {"number", [](const Person& p) { return p.number.text(); }},
    {"full_name", as_it_stands<&Person::full_name>},
    {"birth", [](const Person& p) { return base::to_iso(p.birth); }},
    {"sex", [](const Person& p) { return std::string(vietnamese(p.sex)); }},
    {"nationality", as_it_stands<&Person::nationality>},
    {"ethnicity", as_it_stands<&Person::ethnicity>},
    {"religion", as_it_stands<&Person::religion>},
    {"place_of_origin", as_it_stands<&Person::place_of_origin>},
    {"place_of_birth", as_it_stands<&Person::place_of_birth>},
    {"residence", as_it_stands<&Person::residence>},
    {"father", as_it_stands<&Person::father>},
    {"mother", as_it_stands<&Person::mother>},
    {"spouse", as_it_stands<&Person::spouse>},
    {"old_id", as_it_stands<&Person::old_id>},
    {"cancelled_number", as_it_stands<&Person::cancelled_number>},
}};

}  // namespace

std::optional<std::string> field_text(const Person& person, std::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) return field.text(person);
  }
  return std::nullopt;
}

nlohmann::json to_json(const Person& person) {
  nlohmann::json fields = nlohmann::json::object();
  for (const Field& field : kFields) fields[field.name] = field.text(person);
  return fields;
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
