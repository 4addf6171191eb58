#include "issuance/registry/rows.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace registry {

namespace {

using document::Person;
using nlohmann::json;

constexpr std::size_t kShortId = 16;

[[noreturn]] void refuse(const char* seen) {
  throw base::Error(base::Fault::TreatAsAttack, "reading the register",
                    fmt::format("{}; somebody wrote to the database by hand", seen));
}

struct TextField {
  std::string_view name;
  std::string Person::*member;
};
constexpr auto kTexts = std::to_array<TextField>({{"full_name", &Person::full_name},
                                                  {"nationality", &Person::nationality},
                                                  {"ethnicity", &Person::ethnicity},
                                                  {"religion", &Person::religion},
                                                  {"place_of_origin", &Person::place_of_origin},
                                                  {"place_of_birth", &Person::place_of_birth},
                                                  {"residence", &Person::residence},
                                                  {"father", &Person::father},
                                                  {"mother", &Person::mother},
                                                  {"spouse", &Person::spouse},
                                                  {"old_id", &Person::old_id},
                                                  {"cancelled_number", &Person::cancelled_number}});

}  // namespace

std::int64_t key_of(std::string_view digits) {
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string digits_of(std::int64_t key) {
  return fmt::format("{:012}", key);
}

CitizenNumber number_from(std::int64_t key) {
  const auto number = CitizenNumber::parse(digits_of(key));
  if (!number) refuse("a number in it is not twelve digits");
  return *number;
}

base::Date stored_date(const std::string& text) {
  const auto date = base::parse_iso_date(text);
  if (!date) refuse("a day in it is no day");
  return *date;
}

base::Moment stored_moment(const std::string& text) {
  const auto moment = base::parse_rfc3339(text);
  if (!moment) refuse("a time in it is no time");
  return *moment;
}

Person person_of(const db::Statement& row) {
  const auto sex = document::parse_vietnamese_sex(row.text(3));
  if (!sex) refuse("a sex in it is neither Nam nor Nữ");
  return {.number = number_from(row.integer(0)),
          .full_name = row.text(1),
          .birth = stored_date(row.text(2)),
          .sex = *sex,
          .nationality = row.text(4),
          .ethnicity = row.text(5),
          .religion = row.text(6),
          .place_of_origin = row.text(7),
          .place_of_birth = row.text(8),
          .residence = row.text(9),
          .father = row.text(10),
          .mother = row.text(11),
          .spouse = row.text(12),
          .old_id = row.text(13),
          .cancelled_number = row.is_null(14) ? std::string{} : digits_of(row.integer(14))};
}

std::optional<std::string> field_of(const Person& person, std::string_view field) {
  if (field == "number") return person.number.text();
  if (field == "birth") return base::to_iso(person.birth);
  if (field == "sex") return std::string(document::vietnamese(person.sex));
  for (const TextField& text : kTexts) {
    if (text.name == field) return person.*text.member;
  }
  return std::nullopt;
}

bool set_field(Person& person, std::string_view field, const std::string& value) {
  if (field == "birth") {
    const auto day = base::parse_iso_date(value);
    if (day) person.birth = *day;
    return day.has_value();
  }
  if (field == "sex") {
    const auto sex = document::parse_vietnamese_sex(value);
    if (sex) person.sex = *sex;
    return sex.has_value();
  }
  for (const TextField& text : kTexts) {
    if (text.name != field) continue;
    person.*text.member = value;
    return true;
  }
  return false;
}

std::string changes_text(const Changes& changes) {
  json out = json::object();
  for (const auto& [field, change] : changes) out[field] = {change.before.value_or(""), change.after};
  return out.dump();
}

Changes parse_changes(const std::string& text) {
  const json parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) refuse("an event in it does not say what changed");
  Changes out;
  for (const auto& [field, pair] : parsed.items()) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_string())
      refuse("an event in it does not say what changed");
    out[field] = {pair[0].get<std::string>(), pair[1].get<std::string>()};
  }
  return out;
}

std::string short_id(char prefix, std::string_view content) {
  return prefix + evidence::sha256_text(content).substr(0, kShortId);
}

}  // namespace registry
