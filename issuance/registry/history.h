#pragma once
// A person through their events: how they stood on a day, and whether one more event fits. Events are in the order of
// their legal days, those of one day in the order in which they were told.

#include <span>
#include <string>

#include "issuance/registry/event.h"
#include "pki/base/core/finding.h"
#include "smartcard/document/person.h"

namespace registry {

// What later events changed is put back as it was before them.
document::Person as_of(document::Person person, std::span<const Event> history, base::Date day);

struct State {
  bool alive = true, citizen = true, missing = false;
  std::string custody;  // "", "prison", "compulsory-institution"
};
// `person` as of the day.
State state_of(const document::Person& person, std::span<const Event> history, base::Date day);

// `person` as they stand now. EVENT_DATE, EVENT_CONFLICT (what came before or after it excludes it), EVENT_CHANGE (a
// field this event may not change, or none where it must), EVENT_BEFORE, EVENT_OTHER, and what check_person says of a
// new value.
void check_event(const Event& event, const document::Person& person, std::span<const Event> history, base::Date today,
                 base::Findings& findings);

}  // namespace registry
