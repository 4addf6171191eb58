// Does the reason fit the person's age, the cards and the events that the register knows of (Luật 26/2023 Đ19, Đ21,
// Đ24)?

#include <array>

#include "issuance/vetting/predicate_groups.h"
#include "smartcard/document/validity.h"

namespace vetting {

namespace {

using document::RegisteredCard;

const Reason* reason_of(const Facts& facts) {
  return facts.rules.reason(facts.application.reason);
}

bool asks_for(const Facts& facts, std::string_view code) {
  return facts.application.reason == code && registered_person(facts) != nullptr;
}

// No card counts any more, and the newest one was reported lost.
bool last_card_is_lost(const Facts& facts) {
  const auto& cards = facts.answer->cards;
  return live_card(*facts.answer) == nullptr && !cards.empty() && cards.back().status == "lost";
}

std::optional<Broken> has_live_card(const Facts& facts) {
  const Reason* reason = reason_of(facts);
  return broken_if(reason != nullptr && reason->replaces == Replaces::None && live_card(*facts.answer) != nullptr);
}

// What cannot be handed in cannot be exchanged. EX-PIN may come without a card under the new number.
std::optional<Broken> old_card_lost(const Facts& facts) {
  const Reason* reason = reason_of(facts);
  return broken_if(reason != nullptr && registered_person(facts) != nullptr && reason->old_card == OldCard::Withdraw &&
                   reason->replaces != Replaces::Optional && last_card_is_lost(facts));
}

std::optional<Broken> no_card_to_replace(const Facts& facts) {
  const Reason* reason = reason_of(facts);
  if (reason == nullptr || registered_person(facts) == nullptr || old_card_lost(facts)) return std::nullopt;
  if (reason->replaces == Replaces::Active) return broken_if(live_card(*facts.answer) == nullptr);
  return broken_if(reason->replaces == Replaces::Any && facts.answer->cards.empty());
}

std::optional<Broken> old_card_to_withdraw(const Facts& facts) {
  const Reason* reason = reason_of(facts);
  return broken_if(reason != nullptr && reason->old_card == OldCard::Withdraw && live_card(*facts.answer) != nullptr);
}

std::optional<Broken> lost_card_still_live(const Facts& facts) {
  return broken_if(facts.application.reason == kLost && live_card(*facts.answer) != nullptr);
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
  const Reason* reason = reason_of(facts);
  const auto* person = registered_person(facts);
  if (reason == nullptr || person == nullptr) return std::nullopt;
  const auto age = registered_age(facts);
  if (!age) return Broken{};
  return broken_if((reason->age_from && *age < *reason->age_from) ||
                   (reason->age_below && *age >= *reason->age_below) ||
                   (reason->milestone && live_card(*facts.answer) != nullptr && !milestone_is_due(facts, *person)));
}

std::optional<Broken> name_change_not_registered(const Facts& facts) {
  return broken_if(asks_for(facts, "EX-NAME") && !has_event(*facts.answer, "name-corrected") &&
                   !has_event(*facts.answer, "birth-corrected"));
}

std::optional<Broken> number_not_reestablished(const Facts& facts) {
  return broken_if(asks_for(facts, "EX-PIN") && registered_person(facts)->cancelled_number.empty() &&
                   !has_event(*facts.answer, "number-reestablished"));
}

std::optional<Broken> nationality_not_regained(const Facts& facts) {
  return broken_if(asks_for(facts, "RE-NAT") && !has_event(*facts.answer, "nationality-regained"));
}

std::optional<Broken> card_has_new_units(const Facts& facts) {
  if (!asks_for(facts, "EX-ADMIN")) return std::nullopt;
  const RegisteredCard* card = live_card(*facts.answer);
  const auto issued = card != nullptr ? base::parse_iso_date(card->issued) : std::nullopt;
  return broken_if(issued && *issued >= facts.rules.units_reorganized());
}

constexpr std::array kPredicates{NamedPredicate{"LIVE_CARD", has_live_card},
                                 NamedPredicate{"NO_CARD_TO_REPLACE", no_card_to_replace},
                                 NamedPredicate{"OLD_CARD_LOST", old_card_lost},
                                 NamedPredicate{"OLD_CARD_TO_WITHDRAW", old_card_to_withdraw},
                                 NamedPredicate{"LOST_CARD_STILL_LIVE", lost_card_still_live},
                                 NamedPredicate{"AGE_REASON_MISMATCH", age_reason_mismatch},
                                 NamedPredicate{"NAME_CHANGE_NOT_REGISTERED", name_change_not_registered},
                                 NamedPredicate{"NUMBER_NOT_REESTABLISHED", number_not_reestablished},
                                 NamedPredicate{"NATIONALITY_NOT_REGAINED", nationality_not_regained},
                                 NamedPredicate{"CARD_HAS_NEW_UNITS", card_has_new_units}};

}  // namespace

std::span<const NamedPredicate> reason_predicates() {
  return kPredicates;
}

}  // namespace vetting
