#pragma once
// What happens to a registered person (Luật Hộ tịch 60/2014 Đ3, Luật 26/2023 Đ9, Đ12, Đ24, Đ29): an event with the
// legal day from which it counts, the decision it rests on, and what it changed, before and after. An event stands once
// under (number, id): told again with the same content it changes nothing.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "pki/base/core/clock.h"

namespace registry {

enum class EventKind : std::uint8_t {
  Birth,                // "birth"
  Death,                // "death"
  Missing,              // "missing": declared missing by a court
  Found,                // "found": the declaration is lifted
  NationalityLost,      // "nationality-lost"
  NationalityRegained,  // "nationality-regained"
  NameCorrected,        // "name-corrected": full_name
  SexCorrected,         // "sex-corrected": sex
  BirthCorrected,       // "birth-corrected": birth
  DataCorrected,        // "data-corrected": ethnicity, religion, places of origin and birth, parents, CMND
  NumberReestablished,  // "number-reestablished": this number is cancelled, `other` was given instead
  Married,              // "married": to `other` when registered here; spouse
  Divorced,             // "divorced"
  Moved,                // "moved": residence
  UnitsMerged,          // "units-merged": a place as it is called since
  CustodyBegun,         // "custody-begun": change "custody" tells where: "prison", "compulsory-institution"
  CustodyEnded,         // "custody-ended"
};

std::span<const EventKind> event_kinds();
std::string_view event_name(EventKind kind);
std::optional<EventKind> parse_event(std::string_view name);
bool concerns_two(EventKind kind);  // whether a second number may be named

// One field of the person, by its name in document::Person (or "custody"). `before` is filled by the register; given
// by the caller, it must be what stands there.
struct Change {
  std::optional<std::string> before;
  std::string after;
  bool operator==(const Change&) const = default;
};
using Changes = std::map<std::string, Change, std::less<>>;

struct Event {
  EventKind kind = EventKind::Death;
  base::Date on;      // the legal day
  std::string id;     // up to 64 of the characters of a reference; empty: made of kind and day
  std::string basis;  // number of the decision or certificate, empty: not stated
  Changes changes;
  std::string other;                        // twelve digits: the spouse's or the re-established number; empty: none
  std::optional<base::Moment> recorded_at;  // filled by the register
};

// Whether this event may change this field of a person.
bool may_change(EventKind kind, std::string_view field);
// The event by which a correction of this field is recorded; nullopt for what is never corrected (the number).
std::optional<EventKind> correction_of(std::string_view field);

}  // namespace registry
