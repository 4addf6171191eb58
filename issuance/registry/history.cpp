#include "issuance/registry/history.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "issuance/registry/person_check.h"
#include "issuance/registry/rows.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using document::Person;

constexpr auto kPlacesOfCustody = std::to_array<std::string_view>({"prison", "compulsory-institution"});

// What begins and what ends it: neither comes twice in a row.
struct Span {
  EventKind begins, ends;
};
constexpr auto kSpans = std::to_array<Span>({{EventKind::Missing, EventKind::Found},
                                             {EventKind::NationalityLost, EventKind::NationalityRegained},
                                             {EventKind::CustodyBegun, EventKind::CustodyEnded}});
constexpr auto kOnce = std::to_array<EventKind>({EventKind::Birth, EventKind::Death});
// Records are put right after a death too; these happen to the living only.
constexpr auto kOfTheLiving = std::to_array<EventKind>(
    {EventKind::Missing, EventKind::NationalityLost, EventKind::NationalityRegained, EventKind::Married,
     EventKind::Divorced, EventKind::Moved, EventKind::CustodyBegun, EventKind::NumberReestablished});
constexpr auto kMustChange = std::to_array<EventKind>(
    {EventKind::NameCorrected, EventKind::SexCorrected, EventKind::BirthCorrected, EventKind::DataCorrected,
     EventKind::Moved, EventKind::UnitsMerged, EventKind::CustodyBegun});

template <class List>
bool is_in(const List& list, EventKind kind) {
  return std::ranges::find(list, kind) != list.end();
}

// The last of these kinds up to and with the day.
const Event* last_of(const Span& span, std::span<const Event> history, base::Date day) {
  const Event* last = nullptr;
  for (const Event& event : history) {
    if (event.on <= day && (event.kind == span.begins || event.kind == span.ends)) last = &event;
  }
  return last;
}

const Event* next_of(const Span& span, std::span<const Event> history, base::Date day) {
  for (const Event& event : history) {
    if (event.on > day && (event.kind == span.begins || event.kind == span.ends)) return &event;
  }
  return nullptr;
}

class Check {
 public:
  Check(const Event& event, const Person& person, std::span<const Event> history, base::Findings& findings)
      : event_(event), person_(person), history_(history), findings_(findings) {}

  void dates(base::Date today) {
    base::Date first = person_.birth;
    const auto birth = event_.changes.find("birth");
    if (birth != event_.changes.end())
      first = std::min(first, base::parse_iso_date(birth->second.after).value_or(first));
    if (event_.on < first || event_.on > today) fail("EVENT_DATE", "The day lies before the birth or in the future.");
    if (event_.kind == EventKind::Birth && event_.on != person_.birth)
      fail("EVENT_DATE", "The day is not the registered day of birth.");
  }

  void order() {
    const auto same = [&](const Event& e) { return e.kind == event_.kind; };
    if (is_in(kOnce, event_.kind) && std::ranges::any_of(history_, same))
      fail("EVENT_CONFLICT", "The register has this event already, with another day or decision.");
    const auto death = std::ranges::find(history_, EventKind::Death, &Event::kind);
    if (death != history_.end() && event_.on > death->on && is_in(kOfTheLiving, event_.kind))
      fail("EVENT_CONFLICT", "The register records the person as dead on that day.");
    for (const Span& span : kSpans) {
      if (event_.kind == span.begins || event_.kind == span.ends) within(span);
    }
    const bool married = !as_of(person_, history_, event_.on).spouse.empty();
    if (event_.kind == EventKind::Married && married)
      fail("EVENT_CONFLICT", "The register records a marriage that has not ended.");
    if (event_.kind == EventKind::Divorced && !married)
      fail("EVENT_CONFLICT", "The register records no marriage on that day.");
  }

  void changes(base::Date today) {
    if (event_.changes.empty()) {
      if (is_in(kMustChange, event_.kind)) fail("EVENT_CHANGE", "It does not say what it changes.");
      if (event_.kind == EventKind::Married && event_.other.empty())
        fail("EVENT_CHANGE", "It names neither the other person's number nor a spouse.");
      return;
    }
    Person changed = person_;
    for (const auto& [field, change] : event_.changes) {
      if (!may_change(event_.kind, field)) {
        fail("EVENT_CHANGE", "It changes a field that this event does not change.");
      } else if (field == "custody") {
        if (std::ranges::find(kPlacesOfCustody, change.after) == kPlacesOfCustody.end())
          fail("EVENT_CHANGE", "The place of custody is neither prison nor compulsory-institution.");
      } else if (!set_field(changed, field, change.after)) {
        findings_.fail(field == "birth" ? "BIRTH_MALFORMED" : "SEX_MALFORMED", field, "It is no such value.");
      }
    }
    values(changed, today);
  }

  void other() {
    if (event_.other.empty()) {
      if (event_.kind == EventKind::NumberReestablished) fail("EVENT_OTHER", "It does not name the new number.");
      return;
    }
    if (!concerns_two(event_.kind) || event_.other == person_.number.text() || !CitizenNumber::parse(event_.other))
      fail("EVENT_OTHER", "The second number is none, the same, or not for this event.");
  }

 private:
  void fail(const char* code, const char* text) { findings_.fail(code, std::string(event_name(event_.kind)), text); }

  void within(const Span& span) {
    const Event* const before = last_of(span, history_, event_.on);
    const Event* const after = next_of(span, history_, event_.on);
    const bool begins = event_.kind == span.begins;
    const bool may_end = before != nullptr ? before->kind == span.begins
                                           : span.ends == EventKind::NationalityRegained &&
                                                 as_of(person_, history_, event_.on).nationality != kVietNam;
    if (begins ? before != nullptr && before->kind == span.begins : !may_end)
      fail("EVENT_CONFLICT", "What the register records before that day excludes it.");
    if (after != nullptr && after->kind == event_.kind)
      fail("EVENT_CONFLICT", "What the register records after that day excludes it.");
  }

  // A new value obeys what every record obeys. What else stands in the record was judged when it came.
  void values(const Person& changed, base::Date today) {
    std::deque<std::string> texts;  // whose elements stay where they are
    const FieldSource source = [&](std::string_view name) -> std::string_view {
      texts.push_back(field_of(changed, name).value_or(""));
      return texts.back();
    };
    base::Findings found;
    check_person(source, today, found);
    for (const base::Finding& finding : found.list()) {
      if (finding.severity == base::Severity::Fail && event_.changes.contains(finding.where)) findings_.add(finding);
    }
  }

  const Event& event_;
  const Person& person_;
  std::span<const Event> history_;
  base::Findings& findings_;
};

}  // namespace

Person as_of(Person person, std::span<const Event> history, base::Date day) {
  for (auto event = history.rbegin(); event != history.rend() && event->on > day; ++event) {
    for (const auto& [field, change] : event->changes) {
      if (field != "custody") base::ensure(set_field(person, field, *change.before), "a change names a field");
    }
  }
  return person;
}

State state_of(const Person& person, std::span<const Event> history, base::Date day) {
  const auto begun = [&](const Span& span) {
    const Event* const last = last_of(span, history, day);
    return last != nullptr && last->kind == span.begins ? last : nullptr;
  };
  State state;
  state.alive =
      std::ranges::none_of(history, [&](const Event& e) { return e.kind == EventKind::Death && e.on <= day; });
  state.missing = begun(kSpans[0]) != nullptr;
  state.citizen = person.nationality == kVietNam && begun(kSpans[1]) == nullptr;
  const Event* const custody = begun(kSpans[2]);
  if (custody != nullptr) state.custody = custody->changes.at("custody").after;
  return state;
}

void check_event(const Event& event, const Person& person, std::span<const Event> history, base::Date today,
                 base::Findings& findings) {
  Check check(event, person, history, findings);
  check.dates(today);
  check.other();
  check.changes(today);
  if (!findings.failed()) check.order();
}

}  // namespace registry
