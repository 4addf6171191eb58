#include "issuance/registry/event.h"

#include <algorithm>
#include <array>

namespace registry {

namespace {

constexpr auto kKinds = std::to_array<EventKind>(
    {EventKind::Birth, EventKind::Death, EventKind::Missing, EventKind::Found, EventKind::NationalityLost,
     EventKind::NationalityRegained, EventKind::NameCorrected, EventKind::SexCorrected, EventKind::BirthCorrected,
     EventKind::DataCorrected, EventKind::NumberReestablished, EventKind::Married, EventKind::Divorced,
     EventKind::Moved, EventKind::UnitsMerged, EventKind::CustodyBegun, EventKind::CustodyEnded});
constexpr auto kNames = std::to_array<std::string_view>(
    {"birth", "death", "missing", "found", "nationality-lost", "nationality-regained", "name-corrected",
     "sex-corrected", "birth-corrected", "data-corrected", "number-reestablished", "married", "divorced", "moved",
     "units-merged", "custody-begun", "custody-ended"});
static_assert(kKinds.size() == kNames.size());

struct Permitted {
  EventKind kind;
  std::string_view field;
};
// The first line of a field is the event by which it is corrected.
constexpr auto kPermitted = std::to_array<Permitted>({{EventKind::NameCorrected, "full_name"},
                                                      {EventKind::SexCorrected, "sex"},
                                                      {EventKind::BirthCorrected, "birth"},
                                                      {EventKind::Moved, "residence"},
                                                      {EventKind::DataCorrected, "nationality"},
                                                      {EventKind::DataCorrected, "ethnicity"},
                                                      {EventKind::DataCorrected, "religion"},
                                                      {EventKind::DataCorrected, "place_of_origin"},
                                                      {EventKind::DataCorrected, "place_of_birth"},
                                                      {EventKind::DataCorrected, "father"},
                                                      {EventKind::DataCorrected, "mother"},
                                                      {EventKind::DataCorrected, "spouse"},
                                                      {EventKind::DataCorrected, "old_id"},
                                                      {EventKind::NationalityLost, "nationality"},
                                                      {EventKind::NationalityRegained, "nationality"},
                                                      {EventKind::Married, "spouse"},
                                                      {EventKind::Divorced, "spouse"},
                                                      {EventKind::UnitsMerged, "place_of_origin"},
                                                      {EventKind::UnitsMerged, "place_of_birth"},
                                                      {EventKind::UnitsMerged, "residence"},
                                                      {EventKind::CustodyBegun, "custody"}});

}  // namespace

std::span<const EventKind> event_kinds() {
  return kKinds;
}

std::string_view event_name(EventKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<EventKind> parse_event(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return kKinds[static_cast<std::size_t>(found - kNames.begin())];
}

bool concerns_two(EventKind kind) {
  return kind == EventKind::NumberReestablished || kind == EventKind::Married || kind == EventKind::Divorced;
}

bool may_change(EventKind kind, std::string_view field) {
  return std::ranges::any_of(kPermitted, [&](const Permitted& p) { return p.kind == kind && p.field == field; });
}

std::optional<EventKind> correction_of(std::string_view field) {
  const auto* const found = std::ranges::find(kPermitted, field, &Permitted::field);
  if (found == kPermitted.end() || field == "custody") return std::nullopt;
  return found->kind;
}

}  // namespace registry
