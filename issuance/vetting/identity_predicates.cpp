// Is the applicant the person behind the number, and can the number be right? Search folds case and diacritics;
// judgement compares the composed letters one by one.

#include <algorithm>
#include <array>

#include "issuance/vetting/predicate_groups.h"
#include "smartcard/document/units.h"

namespace vetting {

namespace {

// Position of the first character (code point) that differs, from 1.
std::size_t first_difference(std::string_view a, std::string_view b) {
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
  const std::size_t end = std::min(a.size(), b.size());
  std::size_t position = 0;
  std::size_t i = 0;
  for (; i < end && a[i] == b[i]; ++i) position += starts_character(a[i]) ? 1U : 0U;
  // A difference inside a character belongs to the character that began before it.
  const bool inside = i < end && !starts_character(a[i]);
  return inside ? position : position + 1;
}

std::optional<Broken> compare(std::string_view registered, std::string_view claimed) {
  if (registered == claimed) return std::nullopt;
  return Broken{first_difference(registered, claimed)};
}

std::optional<Broken> number_malformed(const Facts& facts) {
  return broken_if(!document::CitizenNumber::parse(facts.application.number));
}

std::optional<Broken> province_unknown(const Facts& facts) {
  const auto number = document::CitizenNumber::parse(facts.application.number);
  return broken_if(number && !document::province_name(number->province()));
}

std::optional<Broken> person_not_found(const Facts& facts) {
  return broken_if(facts.answer->status == "not-found");
}

std::optional<Broken> number_cancelled(const Facts& facts) {
  return broken_if(facts.answer->status == "cancelled");
}

std::optional<Broken> name_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  return person == nullptr ? std::nullopt : compare(person->full_name, facts.application.full_name);
}

// As the day is written on the paper, so that the position is one that an officer can point at.
std::optional<Broken> birth_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr) return std::nullopt;
  return compare(base::to_vietnamese(person->birth), base::to_vietnamese(facts.application.birth));
}

std::optional<Broken> sex_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr) return std::nullopt;
  return compare(document::vietnamese(person->sex), document::vietnamese(facts.application.sex));
}

// One field that differs is an error somewhere; two of the three that identify a person are another person.
std::optional<Broken> number_of_another(const Facts& facts) {
  return broken_if(name_differs(facts) && birth_differs(facts));
}

std::optional<Broken> number_disagrees(const Facts& facts) {
  const auto* person = registered_person(facts);
  return broken_if(person != nullptr && (person->number.sex() != person->sex ||
                                         person->number.birth_year() != static_cast<int>(person->birth.year())));
}

// A hint: the place is what the register writes, under the old name of the province or the one since the mergers.
std::optional<Broken> number_province_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr) return std::nullopt;
  const std::string_view place = person->place_of_birth;
  const std::size_t comma = place.rfind(", ");
  const std::string_view named = comma == std::string_view::npos ? place : place.substr(comma + 2);
  const std::string_view code = person->number.province();
  const auto then = document::province_name(code);
  return broken_if(then && document::is_unit_name(named) && named != *then &&
                   named != document::unit_name(code, facts.today));
}

constexpr std::array kPredicates{NamedPredicate{"NUMBER_MALFORMED", number_malformed},
                                 NamedPredicate{"PROVINCE_UNKNOWN", province_unknown},
                                 NamedPredicate{"PERSON_NOT_FOUND", person_not_found},
                                 NamedPredicate{"NUMBER_CANCELLED", number_cancelled},
                                 NamedPredicate{"NUMBER_OF_ANOTHER", number_of_another},
                                 NamedPredicate{"NAME_DIFFERS", name_differs},
                                 NamedPredicate{"BIRTH_DIFFERS", birth_differs},
                                 NamedPredicate{"SEX_DIFFERS", sex_differs},
                                 NamedPredicate{"NUMBER_DISAGREES", number_disagrees},
                                 NamedPredicate{"NUMBER_PROVINCE_DIFFERS", number_province_differs}};

}  // namespace

std::span<const NamedPredicate> identity_predicates() {
  return kPredicates;
}

}  // namespace vetting
