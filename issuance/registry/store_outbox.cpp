// What concerns two numbers. No transaction touches both: the first one's carries a line of the outbox, and whoever
// opens the register next writes the second one's if nobody did. Every write is idempotent.

#include <nlohmann/json.hpp>

#include "issuance/registry/rows.h"
#include "issuance/registry/store.h"
#include "pki/base/core/error.h"
#include "pki/base/core/log.h"
#include "smartcard/document/card_order.h"

namespace registry {

namespace {

using nlohmann::json;

struct Line {
  CitizenNumber number, target;
  std::string id, what, content;
};

}  // namespace

void Store::send(const CitizenNumber& number, const std::string& id, const CitizenNumber& target, std::string_view what,
                 const std::string& content) {
  base::ensure(database_.in_transaction(), "a line of the outbox is written together with its first half");
  statement("INSERT INTO outbox(number, id, target, what, content) VALUES(?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING")
      .run(key_of(number), id, key_of(target), what, content);
}

void Store::finish_outbox() {
  std::vector<Line> lines;
  db::Statement& rows = statement("SELECT number, target, id, what, content FROM outbox ORDER BY number, id");
  rows.reset();
  while (rows.step())
    lines.push_back(
        {number_from(rows.integer(0)), number_from(rows.integer(1)), rows.text(2), rows.text(3), rows.text(4)});
  for (const Line& line : lines) {
    {
      NumberChange change(*this, line.target);
      receive(line.number, line.target, line.what, line.content);
      change.commit();
    }
    NumberChange change(*this, line.number);
    statement("DELETE FROM outbox WHERE number = ?1 AND id = ?2").run(key_of(line.number), line.id);
    change.commit();
  }
}

void Store::receive(const CitizenNumber& number, const CitizenNumber& target, const std::string& what,
                    const std::string& content) {
  if (what == "touch") {
    touch(target);
  } else if (what == "cancelled") {
    statement(
        "INSERT INTO cancelled(number, replaced_by, on_day, person, source, version) VALUES(?1, ?2, '', '', 0, 1) "
        "ON CONFLICT DO NOTHING")
        .run(key_of(target), key_of(number));
  } else if (what == "established") {
    establish(number, target, content);
  } else {
    base::ensure(what == "event", "the outbox knows four things");
    const json told = json::parse(content);
    const auto kind = parse_event(told.at("kind").get<std::string>());
    Event event{.kind = kind.value(),
                .on = stored_date(told.at("on")),
                .id = told.at("id"),
                .basis = told.at("basis"),
                .changes = {{"spouse", {std::nullopt, told.at("spouse").get<std::string>()}}},
                .other = number.text(),
                .recorded_at = {}};
    base::Findings findings;
    apply(target, event, findings);
    // It was checked before its first half was written. What changed since then is a contradiction between two
    // decisions: people see it in the two histories, and the register goes on.
    if (findings.failed())
      base::log::warn("the second half of an event was refused", {{"code", findings.failing_codes().front()}});
  }
}

// Everything under a number, as it goes to the number established instead.
std::string Store::content_of(const CitizenNumber& number, const Kept& row, const CitizenNumber& target) {
  document::Person person = row.person;
  person.cancelled_number = number.text();
  json content = {{"person", document::to_json(person)}, {"source", row.source}, {"version", row.version + 1}};
  content["person"]["number"] = target.text();
  json& told = content["events"] = json::array();
  for (const Event& event : events(number)) {
    told.push_back(
        {{"kind", event_name(event.kind)},
         {"on", base::to_iso(event.on)},
         {"id", event.id},
         {"basis", event.basis},
         {"changes", changes_text(event.changes)},
         {"other",
          event.kind == EventKind::NumberReestablished && event.other == target.text() ? number.text() : event.other},
         {"recorded_at", base::to_rfc3339(event.recorded_at.value_or(clock_->now()))}});
  }
  json& held = content["cards"] = json::array();
  db::Statement& rows = statement(
      "SELECT chip_serial, case_id, issued, recorded_as, status, status_since, replaces FROM cards WHERE number = ?1 "
      "ORDER BY version");
  rows.with(key_of(number));
  while (rows.step()) {
    json card = json::array();
    for (int column = 0; column < 7; ++column) card.push_back(rows.text(column));
    held.push_back(std::move(card));
  }
  json& watched = content["watch"] = json::array();
  for (const WatchEntry& entry : watch_list(number))
    watched.push_back({entry.kind, entry.officer, entry.basis, base::to_rfc3339(entry.since)});
  return content.dump();
}

void Store::establish(const CitizenNumber& number, const CitizenNumber& target, const std::string& text) {
  const json content = json::parse(text);
  const document::Person person = document::person_from_json(content.at("person"));
  const std::int64_t version = content.at("version");
  if (!insert_person(person, content.at("source"), version)) {
    if (this->person(target)->cancelled_number != number.text())
      base::log::error("a number was given to two persons; see the history of the cancelled one", {});
    return;
  }
  std::int64_t order = 0;
  for (const json& told : content.at("events")) {
    write_event(target,
                {.kind = parse_event(told.at("kind").get<std::string>()).value(),
                 .on = stored_date(told.at("on")),
                 .id = told.at("id"),
                 .basis = told.at("basis"),
                 .changes = parse_changes(told.at("changes")),
                 .other = told.at("other"),
                 .recorded_at = stored_moment(told.at("recorded_at"))},
                ++order);
  }
  for (const json& card : content.at("cards")) {
    const CardEntry entry{.chip_serial = card[0],
                          .case_id = card[1],
                          .issued = stored_date(card[2]),
                          .status = card[3],
                          .replaces = card[6]};
    write_card(target, entry, card[4], card[5]);
  }
  for (const json& entry : content.at("watch"))
    write_watch(target, {entry[0], entry[1], entry[2], stored_moment(entry[3])});
}

}  // namespace registry
