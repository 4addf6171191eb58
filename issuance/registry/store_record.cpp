// Reading: a person as of a day, what stands under a number, the answer to one question.

#include <algorithm>

#include "issuance/registry/history.h"
#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

constexpr std::size_t kNonceSize = 16;  // 128 bits

}  // namespace

std::vector<Event> Store::events(const CitizenNumber& number) {
  std::vector<Event> out;
  db::Statement& rows = statement(
      "SELECT kind, on_day, id, basis, changes, other, recorded_at FROM events WHERE number = ?1 "
      "ORDER BY on_day, version, id");
  rows.with(key_of(number));
  while (rows.step()) {
    const auto kind = parse_event(rows.text(0));
    base::ensure(kind.has_value(), "the tables hold only events that have a name");
    out.push_back({.kind = *kind,
                   .on = stored_date(rows.text(1)),
                   .id = rows.text(2),
                   .basis = rows.text(3),
                   .changes = parse_changes(rows.text(4)),
                   .other = rows.is_null(5) ? std::string{} : digits_of(rows.integer(5)),
                   .recorded_at = stored_moment(rows.text(6))});
  }
  return out;
}

// A card is closed once and never opened again, so its day of closing tells what it was before.
std::vector<document::RegisteredCard> Store::cards(const CitizenNumber& number, base::Date day) {
  std::vector<document::RegisteredCard> out;
  db::Statement& rows = statement(
      "SELECT chip_serial, status, issued, recorded_as, status_since FROM cards WHERE number = ?1 AND issued <= ?2 "
      "ORDER BY issued, version, chip_serial");
  const std::string until = base::to_iso(day);
  rows.with(key_of(number), until);
  while (rows.step()) {
    const bool closed_later = rows.text(1) != rows.text(3) && rows.text(4) > until;
    out.push_back({rows.text(0), closed_later ? rows.text(3) : rows.text(1), rows.text(2)});
  }
  return out;
}

std::string Store::open_case_of(const CitizenNumber& number) {
  db::Statement& row = statement("SELECT case_id FROM open_cases WHERE number = ?1");
  row.with(key_of(number));
  std::string name = row.step() ? row.text(0) : std::string{};
  row.reset();
  return name;
}

std::optional<Record> Store::find(const CitizenNumber& number, std::optional<base::Date> day) {
  const base::Date until = day.value_or(clock_->today());
  auto row = kept(number);
  if (!row) {
    auto cancelled = cancellation(number);
    if (cancelled && cancelled->on && until < *cancelled->on) row = std::move(cancelled->kept);
  }
  if (!row) return std::nullopt;
  std::vector<Event> all = events(number);
  document::Person then = as_of(std::move(row->person), all, until);
  const bool was_established_later = std::ranges::any_of(all, [&](const Event& e) {
    return e.kind == EventKind::NumberReestablished && e.other == then.cancelled_number && e.on > until;
  });
  if (then.birth > until || was_established_later) return std::nullopt;
  const State state = state_of(then, all, until);
  std::erase_if(all, [&](const Event& e) { return e.on > until; });
  Record record{.person = std::move(then),
                .events = std::move(all),
                .cards = cards(number, until),
                .open_case = open_case_of(number),
                .alive = state.alive,
                .citizen = state.citizen,
                .missing = state.missing,
                .custody = state.custody,
                .watch = {},
                .source = row->source,
                .version = row->version};
  for (const WatchEntry& entry : watch_list(number)) record.watch.push_back(entry.kind);
  return record;
}

Standing Store::standing(const CitizenNumber& number, std::optional<base::Date> day) {
  Standing standing;
  if (const auto record = find(number, day)) {
    standing.status = "found";
    standing.alive = record->alive;
    standing.citizen = record->citizen;
    standing.missing = record->missing;
    standing.custody = record->custody;
    standing.version = record->version;
    return standing;
  }
  standing.status = "not-found";
  const auto cancelled = cancellation(number);
  if (cancelled && cancelled->on.value_or(base::Date{}) <= day.value_or(clock_->today())) {
    standing.status = "cancelled";
    standing.replaced_by = cancelled->replaced_by.text();
    standing.version = cancelled->version;
  }
  return standing;
}

// What happened under a number that was cancelled stands under the new one too.
std::vector<Event> Store::history(const CitizenNumber& number) {
  return events(number);
}

std::vector<CitizenNumber> Store::former_numbers(const CitizenNumber& number) {
  std::vector<CitizenNumber> out;
  std::optional<Kept> at = kept(number);
  while (at) {
    const auto before = CitizenNumber::parse(at->person.cancelled_number);
    if (!before || *before == number || std::ranges::find(out, *before) != out.end()) break;
    out.push_back(*before);
    auto cancelled = cancellation(*before);
    at = cancelled ? std::move(cancelled->kept) : std::nullopt;
  }
  return out;
}

document::RegistryAnswer Store::answer(const CitizenNumber& number, const std::string& case_id,
                                       const std::string& purpose, base::Random& random,
                                       std::optional<base::Date> day) {
  document::RegistryAnswer answer;
  answer.number = number.text();
  answer.case_id = case_id;
  answer.purpose = purpose;
  answer.at = clock_->now();
  answer.nonce = base::to_base64url(random.bytes(kNonceSize));
  answer.as_of = base::to_iso(day.value_or(clock_->today()));
  auto record = find(number, day);
  if (!record) {
    const Standing standing = this->standing(number, day);
    answer.status = standing.status;
    answer.replaced_by = standing.replaced_by;
    answer.version = standing.version;
    return answer;
  }
  answer.status = "found";
  answer.citizen = record->citizen;
  answer.alive = record->alive;
  answer.missing = record->missing;
  answer.custody = record->custody;
  answer.watch = record->watch;
  answer.version = record->version;
  answer.cards = std::move(record->cards);
  for (const Event& event : record->events)
    answer.events.push_back({std::string(event_name(event.kind)), base::to_iso(event.on)});
  answer.attestations = attestations(number, record->source);
  const auto duplicates = duplicates_of(record->person);
  queue_pairs(number, duplicates);
  for (const Duplicate& duplicate : duplicates) answer.duplicates.push_back({duplicate.kind, duplicate.state});
  if (record->open_case != case_id) answer.open_case = record->open_case;
  answer.person = std::move(record->person);
  return answer;
}

}  // namespace registry
