// What happens to a person. An event is told once: the same content under the same id changes nothing. One that is told
// late takes its place among the others: what the next later event found is then what this one left.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "issuance/registry/history.h"
#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"
#include "smartcard/document/card_order.h"

namespace registry {

namespace {

using document::Person;

// Whether the register was told this before; `before` values are what it found itself.
bool same_content(const Event& told, const Event& kept) {
  const auto same_after = [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.after == other.second.after;
  };
  return told.kind == kept.kind && told.on == kept.on && told.basis == kept.basis && told.other == kept.other &&
         std::ranges::equal(told.changes, kept.changes, same_after);
}

// A marriage or divorce as it stands under the second number.
Event mirrored(Event event, const CitizenNumber& first, const std::string& spouse) {
  event.other = first.text();
  event.changes = {{"spouse", {std::nullopt, spouse}}};
  return event;
}

}  // namespace

void Store::write_event(const CitizenNumber& number, const Event& event, std::int64_t version) {
  const auto other = event.other.empty() ? std::nullopt : std::optional(key_of(event.other));
  statement(
      "INSERT INTO events(number, id, kind, on_day, basis, changes, other, recorded_at, version) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING")
      .run(key_of(number), event.id, event_name(event.kind), base::to_iso(event.on), event.basis,
           changes_text(event.changes), other, base::to_rfc3339(event.recorded_at.value_or(clock_->now())), version);
}

void Store::change_person(const CitizenNumber& number, const Person& person, Event& event, std::vector<Event>& history,
                          base::Findings& findings) {
  Person changed = person;
  for (auto& [field, change] : event.changes) {
    if (field == "custody") {
      change.before = "";
      continue;
    }
    const auto later = std::ranges::find_if(
        history, [&, &field = field](const Event& e) { return e.on > event.on && e.changes.contains(field); });
    const std::string stands =
        later == history.end() ? field_of(person, field).value_or("") : *later->changes.at(field).before;
    if (change.before && *change.before != stands) {
      findings.fail("EVENT_BEFORE", field, "The register holds another value than the one said to be changed.");
      return;
    }
    change.before = stands;
    if (later == history.end()) {
      base::ensure(set_field(changed, field, change.after), "the values of an event were checked");
    } else {
      later->changes.at(field).before = change.after;
      statement("UPDATE events SET changes = ?3 WHERE number = ?1 AND id = ?2")
          .run(key_of(number), later->id, changes_text(later->changes));
    }
  }
  if (changed != person) update_person(person, changed);
}

bool Store::apply(const CitizenNumber& number, Event event, base::Findings& findings) {
  base::ensure(database_.in_transaction(), "events are applied inside a transaction");
  if (event.id.empty()) event.id = fmt::format("{}-{}", event_name(event.kind), base::to_iso(event.on));
  std::vector<Event> history = events(number);
  const auto told = std::ranges::find(history, event.id, &Event::id);
  if (told != history.end()) {
    if (!same_content(event, *told)) {
      findings.fail("EVENT_CONFLICT", std::string(event_name(event.kind)),
                    "The register has this event with other content.");
    }
    return false;
  }
  const auto row = kept(number);
  if (!row) {
    findings.fail("PERSON_NOT_FOUND", "number", "The register does not know this number.");
    return false;
  }
  check_event(event, row->person, history, clock_->today(), findings);
  if (findings.failed()) return false;
  change_person(number, row->person, event, history, findings);
  if (findings.failed()) return false;
  touch(number);
  write_event(number, event, row->version + 1);
  // Luật 26/2023 Đ29.1a: the card is revoked when nationality is lost.
  if (event.kind == EventKind::NationalityLost) {
    statement("UPDATE cards SET status = 'revoked', status_since = ?2 WHERE number = ?1 AND status = 'active'")
        .run(key_of(number), base::to_iso(event.on));
  }
  return true;
}

base::Findings Store::put_event(const CitizenNumber& number, const Event& event) {
  base::Findings findings;
  if (concerns_two(event.kind) && !event.other.empty()) {
    findings.fail("EVENT_OTHER", std::string(event_name(event.kind)),
                  "An event on two numbers is not recorded together with others.");
    return findings;
  }
  apply(number, event, findings);
  return findings;
}

base::Findings Store::record_event(const CitizenNumber& number, const Event& event) {
  if (event.kind == EventKind::NumberReestablished) return reestablish(number, event);
  if (concerns_two(event.kind) && !event.other.empty()) return record_on_two(number, event);
  base::Findings findings;
  NumberChange change(*this, number);
  if (apply(number, event, findings)) change.commit();
  return findings;
}

base::Findings Store::record_on_two(const CitizenNumber& number, const Event& given) {
  base::Findings findings;
  Event event = given;
  if (event.id.empty()) event.id = fmt::format("{}-{}", event_name(event.kind), base::to_iso(event.on));
  const auto other = CitizenNumber::parse(event.other);
  const auto first = find(number, event.on), second = other ? find(*other, event.on) : std::nullopt;
  const auto now = other ? person(*other) : std::nullopt;
  if (!first || !second || !now || *other == number) {
    findings.fail(first ? "EVENT_OTHER" : "PERSON_NOT_FOUND", first ? "other" : "number",
                  "The register does not know this number on that day.");
    return findings;
  }
  const bool marries = event.kind == EventKind::Married;
  event.changes = {{"spouse", {std::nullopt, marries ? second->person.full_name : ""}}};
  const Event second_event = mirrored(event, number, marries ? first->person.full_name : "");
  const auto theirs = events(*other);
  if (std::ranges::find(theirs, event.id, &Event::id) == theirs.end())
    check_event(second_event, *now, theirs, clock_->today(), findings);
  if (findings.failed()) return findings;
  {
    NumberChange change(*this, number);
    if (!apply(number, event, findings)) return findings;
    send(number, event.id, *other, "event",
         nlohmann::json{{"kind", event_name(event.kind)},
                        {"on", base::to_iso(event.on)},
                        {"id", event.id},
                        {"basis", event.basis},
                        {"spouse", second_event.changes.at("spouse").after}}
             .dump());
    change.commit();
  }
  finish_outbox();
  return findings;
}

// Luật 26/2023 Đ24.1e. What stood under the old number goes to the new one whole; the old one keeps it for questions
// about days before.
base::Findings Store::reestablish(const CitizenNumber& number, const Event& given) {
  base::Findings findings;
  Event event = given;
  if (event.id.empty()) event.id = fmt::format("{}-{}", event_name(event.kind), base::to_iso(event.on));
  const auto told = events(number);
  const auto again = std::ranges::find(told, event.id, &Event::id);
  if (again != told.end()) {
    if (!same_content(event, *again))
      findings.fail("EVENT_CONFLICT", "number-reestablished", "The register has this event with other content.");
    return findings;
  }
  const auto fresh = CitizenNumber::parse(event.other);
  if (!fresh || *fresh == number) {
    findings.fail("EVENT_OTHER", "number-reestablished", "It does not name the new number.");
  } else if (exists(*fresh) || is_cancelled(*fresh)) {
    findings.fail("NUMBER_TAKEN", "other", "The new number is taken.");
  } else if (!claim("cancelled", number.text(), *fresh) || !claim("established", fresh->text(), number)) {
    findings.fail("EVENT_CONFLICT", "number-reestablished", "One of the two numbers is being linked to another.");
  }
  if (findings.failed()) return findings;
  {
    NumberChange change(*this, number);
    const auto row = kept(number);
    if (apply(number, event, findings)) {
      send(number, event.id, *fresh, "established", content_of(number, *row, *fresh));
      remove_person(row->person);
      statement(
          "INSERT INTO cancelled(number, replaced_by, on_day, person, source, version) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")
          .run(key_of(number), key_of(*fresh), base::to_iso(event.on), document::to_json(row->person).dump(),
               row->source, row->version + 1);
      change.commit();
    }
  }
  if (findings.failed()) {
    release("cancelled", number.text(), *fresh);
    release("established", fresh->text(), number);
  }
  finish_outbox();
  return findings;
}

}  // namespace registry
