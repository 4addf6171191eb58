// May this person have a card now? Everything here is the register's word; nothing is the applicant's.

#include <algorithm>
#include <array>

#include "issuance/vetting/predicate_groups.h"

namespace vetting {

namespace {

using document::RegistryAnswer;

// The words of smartcard/document/registry_answer.h.
constexpr std::string_view kInstitution = "compulsory-institution";
constexpr std::string_view kPrison = "prison";
constexpr std::string_view kBiometricHit = "biometric-hit";

std::optional<Broken> person_dead(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && !facts.answer->alive);
}

bool nationality_is_open(const Facts& facts) {
  return facts.rules.leaves_nationality_open(registered_person(facts)->nationality);
}

std::optional<Broken> not_a_citizen(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && !facts.answer->citizen && !nationality_is_open(facts));
}

// Whatever stands as citizen: an open nationality is none yet.
std::optional<Broken> nationality_undetermined(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && nationality_is_open(facts));
}

// The last event of the two kinds; empty: none happened.
std::string_view last_of(const RegistryAnswer& answer, std::string_view a, std::string_view b) {
  std::string_view last;
  for (const auto& event : answer.events) {
    if (event.kind == a || event.kind == b) last = event.kind;
  }
  return last;
}

std::optional<Broken> standing_disagrees(const Facts& facts) {
  const RegistryAnswer& answer = *facts.answer;
  if (registered_person(facts) == nullptr) return std::nullopt;
  const std::string_view nationality = last_of(answer, "nationality-lost", "nationality-regained");
  return broken_if((answer.alive && has_event(answer, "death")) ||
                   (answer.citizen && nationality == "nationality-lost") ||
                   (!answer.citizen && nationality == "nationality-regained"));
}

std::optional<Broken> card_of_a_non_citizen(const Facts& facts) {
  return broken_if(registered_person(facts) != nullptr && !facts.answer->citizen &&
                   live_card(*facts.answer) != nullptr);
}

std::optional<Broken> person_missing(const Facts& facts) {
  return broken_if(facts.answer->missing);
}

std::optional<Broken> custody_institution(const Facts& facts) {
  return broken_if(facts.answer->custody == kInstitution);
}

std::optional<Broken> custody_prison(const Facts& facts) {
  return broken_if(facts.answer->custody == kPrison);
}

std::optional<Broken> custody_of_any_kind(const Facts& facts) {
  return broken_if(!facts.answer->custody.empty());
}

std::optional<Broken> biometric_hit(const Facts& facts) {
  return broken_if(std::ranges::find(facts.answer->watch, kBiometricHit) != facts.answer->watch.end());
}

std::optional<Broken> watch_listed(const Facts& facts) {
  return broken_if(std::ranges::any_of(facts.answer->watch, [](const auto& why) { return why != kBiometricHit; }));
}

std::optional<Broken> duplicate_of(const Facts& facts, std::string_view kind) {
  return broken_if(std::ranges::any_of(facts.answer->duplicates,
                                       [&](const auto& other) { return other.kind == kind && other.state == "open"; }));
}

std::optional<Broken> duplicate_same(const Facts& facts) {
  return duplicate_of(facts, "same");
}

std::optional<Broken> duplicate_near(const Facts& facts) {
  return duplicate_of(facts, "near");
}

std::optional<Broken> duplicate_confirmed(const Facts& facts) {
  return broken_if(
      std::ranges::any_of(facts.answer->duplicates, [](const auto& other) { return other.state == "same-person"; }));
}

std::optional<Broken> open_case(const Facts& facts) {
  return broken_if(!facts.answer->open_case.empty() && facts.answer->open_case != facts.case_id);
}

std::optional<Broken> defence_data(const Facts& facts) {
  return broken_if(
      std::ranges::any_of(facts.answer->attestations, [](const auto& stated) { return stated.force == "defence"; }));
}

// An extract more than an hour from the future means that a clock is wrong, and then no age can be told.
bool extract_is_usable(const Facts& facts) {
  return facts.extract_age >= std::chrono::hours(-1) &&
         facts.extract_age.count() <= facts.rules.limits().extract_most_hours;
}

std::optional<Broken> extract_age(const Facts& facts) {
  return broken_if(!facts.answer->extract.empty() && extract_is_usable(facts));
}

std::optional<Broken> extract_too_old(const Facts& facts) {
  return broken_if(!facts.answer->extract.empty() && !extract_is_usable(facts));
}

constexpr std::array kPredicates{NamedPredicate{"PERSON_DEAD", person_dead},
                                 NamedPredicate{"NOT_A_CITIZEN", not_a_citizen},
                                 NamedPredicate{"NATIONALITY_UNDETERMINED", nationality_undetermined},
                                 NamedPredicate{"STANDING_DISAGREES", standing_disagrees},
                                 NamedPredicate{"CARD_OF_A_NON_CITIZEN", card_of_a_non_citizen},
                                 NamedPredicate{"PERSON_MISSING", person_missing},
                                 NamedPredicate{"CUSTODY_INSTITUTION", custody_institution},
                                 NamedPredicate{"CUSTODY_PRISON", custody_prison},
                                 NamedPredicate{"DECREE_1999_CUSTODY", custody_of_any_kind},
                                 NamedPredicate{"BIOMETRIC_HIT", biometric_hit},
                                 NamedPredicate{"WATCH_LISTED", watch_listed},
                                 NamedPredicate{"DUPLICATE_SAME", duplicate_same},
                                 NamedPredicate{"DUPLICATE_NEAR", duplicate_near},
                                 NamedPredicate{"DUPLICATE_CONFIRMED", duplicate_confirmed},
                                 NamedPredicate{"OPEN_CASE", open_case},
                                 NamedPredicate{"DEFENCE_DATA", defence_data},
                                 NamedPredicate{"EXTRACT_AGE", extract_age},
                                 NamedPredicate{"EXTRACT_TOO_OLD", extract_too_old}};

}  // namespace

std::span<const NamedPredicate> standing_predicates() {
  return kPredicates;
}

}  // namespace vetting
