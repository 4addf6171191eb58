#pragma once
// Inside the room: the predicates by what they look at, and what several of them ask.

#include <span>
#include <string_view>

#include "issuance/vetting/predicates.h"

namespace vetting {

struct NamedPredicate {
  std::string_view id;
  Predicate holds;
};

std::span<const NamedPredicate> identity_predicates();  // is this the person, and is the number right
std::span<const NamedPredicate> standing_predicates();  // may this person have a card now
std::span<const NamedPredicate> reason_predicates();    // does the reason fit the person and the cards
std::span<const NamedPredicate> capture_predicates();   // is what the receiver took in complete

std::optional<Broken> broken_if(bool truth);
const document::Person* registered_person(const Facts& facts);                      // nullptr: none in the answer
const document::RegisteredCard* live_card(const document::RegistryAnswer& answer);  // nullptr: none
bool has_event(const document::RegistryAnswer& answer, std::string_view kind);
// Completed years of the registered person; nullopt: none registered, or not born yet.
std::optional<int> registered_age(const Facts& facts);

}  // namespace vetting
