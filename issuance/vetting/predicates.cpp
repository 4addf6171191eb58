#include "issuance/vetting/predicates.h"

#include <algorithm>
#include <array>
#include <utility>

#include "smartcard/document/validity.h"
#include "smartcard/lds/lds.h"

namespace vetting {

namespace {

using document::RegisteredCard;
using document::RegistryAnswer;

std::optional<Broken> broken_if(bool truth) {
  return truth ? std::optional(Broken{}) : std::nullopt;
}

const document::Person* registered_person(const Facts& facts) {
  return facts.answer != nullptr && facts.answer->person ? &*facts.answer->person : nullptr;
}

const RegisteredCard* live_card(const RegistryAnswer& answer) {
  const auto it = std::ranges::find_if(answer.cards, [](const RegisteredCard& c) { return c.status == "active"; });
  return it == answer.cards.end() ? nullptr : &*it;
}

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

std::optional<Broken> person_dead(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && !facts.answer->alive);
}

std::optional<Broken> not_a_citizen(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && !facts.answer->citizen);
}

std::optional<Broken> name_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr || person->full_name == facts.application.full_name) return std::nullopt;
  return Broken{first_difference(person->full_name, facts.application.full_name)};
}

std::optional<Broken> birth_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  return broken_if(person != nullptr && person->birth != facts.application.birth);
}

std::optional<Broken> sex_differs(const Facts& facts) {
  const auto* person = registered_person(facts);
  return broken_if(person != nullptr && person->sex != facts.application.sex);
}

std::optional<Broken> number_disagrees(const Facts& facts) {
  const auto* person = registered_person(facts);
  return broken_if(person != nullptr && (person->number.sex() != person->sex ||
                                         person->number.birth_year() != static_cast<int>(person->birth.year())));
}

std::optional<Broken> has_live_card(const Facts& facts) {
  const Reason* reason = facts.rules.reason(facts.application.reason);
  return broken_if(reason != nullptr && reason->replaces == Replaces::None && live_card(*facts.answer) != nullptr);
}

std::optional<Broken> no_card_to_replace(const Facts& facts) {
  const Reason* reason = facts.rules.reason(facts.application.reason);
  if (reason == nullptr || registered_person(facts) == nullptr) return std::nullopt;
  if (reason->replaces == Replaces::Active) return broken_if(live_card(*facts.answer) == nullptr);
  return broken_if(reason->replaces == Replaces::Any && facts.answer->cards.empty());
}

std::optional<Broken> open_case(const Facts& facts) {
  return broken_if(!facts.answer->open_case.empty() && facts.answer->open_case != facts.case_id);
}

// Đ21: the exchange at a milestone is due from two years before the live card ends (a card made in those two years runs
// to the milestone after it); a card without end never comes due.
bool milestone_is_due(const Facts& facts, const document::Person& person) {
  const RegisteredCard* card = live_card(*facts.answer);
  if (card == nullptr) return false;
  const auto issued = base::parse_iso_date(card->issued);
  if (!issued || *issued < person.birth) return false;
  const auto end = document::card_expiry(person.birth, *issued);
  return end && facts.today >= base::add_years(*end, -2);
}

std::optional<Broken> age_reason_mismatch(const Facts& facts) {
  const Reason* reason = facts.rules.reason(facts.application.reason);
  const auto* person = registered_person(facts);
  if (reason == nullptr || person == nullptr) return std::nullopt;
  if (person->birth > facts.today) return Broken{};
  const int age = base::age_at(person->birth, facts.today);
  return broken_if((reason->age_from && age < *reason->age_from) || (reason->age_below && age >= *reason->age_below) ||
                   (reason->milestone && live_card(*facts.answer) != nullptr && !milestone_is_due(facts, *person)));
}

std::optional<Broken> form_age_mismatch(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr) return std::nullopt;
  return broken_if(facts.application.form == kAdultForm &&
                   (person->birth > facts.today || base::age_at(person->birth, facts.today) < 6));
}

std::optional<Broken> portrait_missing(const Facts& facts) {
  return broken_if(facts.application.portrait.empty());
}

std::optional<Broken> portrait_not_jpeg(const Facts& facts) {
  return broken_if(!facts.application.portrait.empty() && !lds::face_image(facts.application.portrait));
}

std::optional<Broken> portrait_size(const Facts& facts) {
  const auto face = facts.application.portrait.empty() ? std::nullopt : lds::face_image(facts.application.portrait);
  if (!face) return std::nullopt;
  const Limits& limits = facts.rules.limits();
  return broken_if(face->width < limits.portrait_least_width || face->height < limits.portrait_least_height ||
                   face->width > limits.portrait_most_pixels || face->height > limits.portrait_most_pixels ||
                   face->width > face->height ||
                   facts.application.portrait.size() > static_cast<std::size_t>(limits.portrait_most_bytes));
}

constexpr std::array<std::pair<std::string_view, Predicate>, 18> kPredicates{{
    {"NUMBER_MALFORMED", number_malformed},
    {"PROVINCE_UNKNOWN", province_unknown},
    {"PERSON_NOT_FOUND", person_not_found},
    {"NUMBER_CANCELLED", number_cancelled},
    {"PERSON_DEAD", person_dead},
    {"NOT_A_CITIZEN", not_a_citizen},
    {"NAME_DIFFERS", name_differs},
    {"BIRTH_DIFFERS", birth_differs},
    {"SEX_DIFFERS", sex_differs},
    {"NUMBER_DISAGREES", number_disagrees},
    {"LIVE_CARD", has_live_card},
    {"NO_CARD_TO_REPLACE", no_card_to_replace},
    {"OPEN_CASE", open_case},
    {"AGE_REASON_MISMATCH", age_reason_mismatch},
    {"FORM_AGE_MISMATCH", form_age_mismatch},
    {"PORTRAIT_MISSING", portrait_missing},
    {"PORTRAIT_NOT_JPEG", portrait_not_jpeg},
    {"PORTRAIT_SIZE", portrait_size},
}};

}  // namespace

Predicate predicate(std::string_view id) {
  const auto it = std::ranges::find_if(kPredicates, [&](const auto& entry) { return entry.first == id; });
  return it == kPredicates.end() ? nullptr : it->second;
}

std::size_t predicate_count() {
  return kPredicates.size();
}

}  // namespace vetting
