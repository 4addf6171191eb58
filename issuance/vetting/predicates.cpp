#include "issuance/vetting/predicates.h"

#include <algorithm>
#include <array>

#include "issuance/vetting/predicate_groups.h"

namespace vetting {

namespace {

std::array<std::span<const NamedPredicate>, 4> groups() {
  return {identity_predicates(), standing_predicates(), reason_predicates(), capture_predicates()};
}

}  // namespace

std::optional<Broken> broken_if(bool truth) {
  return truth ? std::optional(Broken{}) : std::nullopt;
}

const document::Person* registered_person(const Facts& facts) {
  return facts.answer != nullptr && facts.answer->person ? &*facts.answer->person : nullptr;
}

const document::RegisteredCard* live_card(const document::RegistryAnswer& answer) {
  const auto it =
      std::ranges::find_if(answer.cards, [](const document::RegisteredCard& c) { return c.status == "active"; });
  return it == answer.cards.end() ? nullptr : &*it;
}

bool has_event(const document::RegistryAnswer& answer, std::string_view kind) {
  return std::ranges::any_of(answer.events, [&](const auto& event) { return event.kind == kind; });
}

std::optional<int> registered_age(const Facts& facts) {
  const auto* person = registered_person(facts);
  if (person == nullptr || person->birth > facts.today) return std::nullopt;
  return base::age_at(person->birth, facts.today);
}

Predicate predicate(std::string_view id) {
  for (const auto& group : groups()) {
    const auto it = std::ranges::find_if(group, [&](const NamedPredicate& entry) { return entry.id == id; });
    if (it != group.end()) return it->holds;
  }
  return nullptr;
}

std::size_t predicate_count() {
  std::size_t count = 0;
  for (const auto& group : groups()) count += group.size();
  return count;
}

}  // namespace vetting
