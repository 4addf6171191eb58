// Looking at persons from the register's own machine. Who looks is kept in the book of accesses before anything is
// shown.

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/registry/access_book.h"
#include "issuance/registry/commands.h"
#include "issuance/registry/folded.h"
#include "pki/base/core/error.h"
#include "smartcard/document/card_order.h"
#include "smartcard/document/units.h"

namespace registry {

namespace {

using nlohmann::json;
using Options = boost::program_options::options_description;

constexpr int kUsualLimit = 20;

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

std::optional<base::Date> as_of_day(const cli::Arguments& arguments) {
  return arguments.has("as-of") ? std::optional(day_of(arguments, "as-of")) : std::nullopt;
}

json to_json(const Event& event) {
  json changes = json::object();
  for (const auto& [field, change] : event.changes)
    changes[field] = {{"before", change.before.value_or("")}, {"after", change.after}};
  return {{"kind", event_name(event.kind)},
          {"on", base::to_iso(event.on)},
          {"id", event.id},
          {"basis", event.basis},
          {"other", event.other},
          {"changes", std::move(changes)},
          {"recorded_at", event.recorded_at ? json(base::to_rfc3339(*event.recorded_at)) : json(nullptr)}};
}

// `day`: the one that the record is of.
json to_json(const Record& record, base::Date day) {
  json events = json::array(), cards = json::array();
  for (const Event& event : record.events) events.push_back(to_json(event));
  for (const auto& card : record.cards)
    cards.push_back({{"chip_serial", card.chip_serial}, {"status", card.status}, {"issued", card.issued}});
  return {{"person", document::to_json(record.person)},
          {"province", document::unit_name(record.person.number.province(), day).value_or("")},
          {"alive", record.alive},
          {"citizen", record.citizen},
          {"missing", record.missing},
          {"custody", record.custody},
          {"watch", record.watch},
          {"cards", std::move(cards)},
          {"events", std::move(events)},
          {"open_case", record.open_case},
          {"source", record.source},
          {"version", record.version}};
}

void line(std::string_view name, std::string_view value) {
  if (!value.empty()) std::cout << fmt::format("{:<17} {}\n", name, value);
}

void print(const Event& event) {
  line("event", fmt::format("{} on {}{}{}", event_name(event.kind), base::to_iso(event.on),
                            event.basis.empty() ? "" : ", decision ", event.basis));
  for (const auto& [field, change] : event.changes)
    line("", fmt::format("{}: {} -> {}", field, change.before.value_or(""), change.after));
}

void print(const Record& record, base::Date day) {
  const json person = document::to_json(record.person);
  for (const char* const name :
       {"number", "full_name", "birth", "sex", "nationality", "ethnicity", "religion", "place_of_origin",
        "place_of_birth", "residence", "father", "mother", "spouse", "old_id", "cancelled_number"}) {
    line(name, person.at(name).get<std::string>());
  }
  line("province", document::unit_name(record.person.number.province(), day).value_or(""));
  line("alive", record.alive ? "yes" : "no");
  line("citizen", record.citizen ? "yes" : "no");
  line("missing", record.missing ? "yes" : "");
  line("custody", record.custody);
  for (const std::string& kind : record.watch) line("watch", kind);
  for (const auto& card : record.cards)
    line("card", fmt::format("{} {} since issue on {}", card.chip_serial, card.status, card.issued));
  for (const Event& event : record.events) print(event);
  line("open case", record.open_case);
}

cli::Exit unknown(bool as_json) {
  std::cerr << "cccd-registry: the register does not know this number\n";
  if (as_json) std::cout << json{{"person", nullptr}}.dump() << "\n";
  return cli::Exit::NotAcceptable;
}

cli::Exit show(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  Store store = opened.home.store(opened.clock);
  const auto record = store.find(number, as_of_day(arguments));
  base::SystemRandom random;
  AccessBook(arguments.text("data"), opened.clock).keep(local_access(number, "show"), random);
  if (!record) return unknown(arguments.flag("json"));
  const base::Date day = as_of_day(arguments).value_or(opened.clock.today());
  if (arguments.flag("json")) {
    std::cout << to_json(*record, day).dump() << "\n";
  } else {
    print(*record, day);
  }
  return cli::Exit::Done;
}

cli::Exit history(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  Store store = opened.home.store(opened.clock);
  const Standing standing = store.standing(number);
  const std::vector<Event> events = store.history(number);
  base::SystemRandom random;
  AccessBook(arguments.text("data"), opened.clock).keep(local_access(number, "history"), random);
  if (standing.status == "not-found") return unknown(arguments.flag("json"));
  if (!arguments.flag("json")) {
    line("status", standing.status);
    line("replaced by", standing.replaced_by);
    for (const CitizenNumber& former : store.former_numbers(number)) line("former number", former.text());
    for (const Event& event : events) print(event);
    return cli::Exit::Done;
  }
  json list = json::array(), former = json::array();
  for (const Event& event : events) list.push_back(to_json(event));
  for (const CitizenNumber& before : store.former_numbers(number)) former.push_back(before.text());
  std::cout << json{{"number", number.text()},
                    {"status", standing.status},
                    {"replaced_by", standing.replaced_by},
                    {"former_numbers", std::move(former)},
                    {"events", std::move(list)}}
                   .dump()
            << "\n";
  return cli::Exit::Done;
}

SearchTerms terms_of(const cli::Arguments& arguments) {
  SearchTerms terms{.name = arguments.text("name"), .birth = std::nullopt};
  if (arguments.has("birth")) terms.birth = day_of(arguments, "birth");
  if (!is_searchable(terms.name)) used_wrongly("--name is UTF-8 with a letter in it");
  return terms;
}

// Every person who is shown has been looked at; a search that shows nobody is kept too.
void keep_search(const cli::Arguments& arguments, const std::vector<Record>& found, const base::Clock& clock) {
  const Access search{.number = std::nullopt,
                      .client = "local:" + local_account(),
                      .role = "operator",
                      .purpose = reference(arguments, "purpose"),
                      .operation = "find",
                      .attributes = "full_name,birth,sex,residence",
                      .case_id = {}};
  std::vector<Access> accesses;
  for (const Record& record : found) {
    accesses.push_back(search);
    accesses.back().number = record.person.number;
  }
  if (accesses.empty()) accesses.push_back(search);
  base::SystemRandom random;
  AccessBook(arguments.text("data"), clock).keep(accesses, random);
}

cli::Exit find(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const SearchTerms terms = terms_of(arguments);
  const long limit = arguments.has("limit") ? arguments.number("limit") : kUsualLimit;
  if (limit < 1 || limit > kMostFound) used_wrongly(fmt::format("--limit is 1 to {}", kMostFound));
  const auto day = as_of_day(arguments);
  Store store = opened.home.store(opened.clock);
  std::vector<Record> found;
  for (const CitizenNumber& number : store.search(terms, static_cast<int>(limit))) {
    if (auto record = store.find(number, day)) found.push_back(std::move(*record));
  }
  keep_search(arguments, found, opened.clock);
  json persons = json::array();
  for (const Record& record : found) {
    const document::Person& p = record.person;
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{}  {}  {}  {}  {}{}\n", p.number.text(), base::to_iso(p.birth),
                               document::vietnamese(p.sex), p.full_name, p.residence, record.alive ? "" : "  (dead)");
    }
    persons.push_back({{"number", p.number.text()},
                       {"full_name", p.full_name},
                       {"birth", base::to_iso(p.birth)},
                       {"sex", document::vietnamese(p.sex)},
                       {"residence", p.residence},
                       {"alive", record.alive}});
  }
  if (arguments.flag("json")) std::cout << json{{"persons", std::move(persons)}}.dump() << "\n";
  return found.empty() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

void with_day(Options& o) {
  declare_data(o);
  cli::add_text(o, "as-of", "how it was on this day, 2026-11-23 (today unless given)");
  cli::add_flag(o, "json", "report as JSON");
}

}  // namespace

void add_person_commands(cli::Program& program) {
  program
      .verb({.name = "show",
             .summary = "Shows one person; the look is kept in the register.",
             .positional = {"NUMBER"},
             .declare = with_day,
             .run = show,
             .example = "cccd-registry show 001090990000 --as-of 2020-01-31 --data registry"})
      .verb({.name = "find",
             .summary = "Finds persons by the words of their name, without regard to case, marks and order.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   with_day(o);
                   cli::add_text(o, "name", "words of the name");
                   cli::add_text(o, "birth", "only those born on this day, 2026-11-23");
                   cli::add_text(o, "purpose", "why: it is kept with the look");
                   cli::add_number(o, "limit", "at most so many, up to 100 (20 unless given)");
                 },
             .run = find,
             .example = "cccd-registry find --name 'nguyen van' --purpose test --data registry"})
      .verb({.name = "history",
             .summary = "Shows what happened to a person, and the numbers they had before.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = history,
             .example = "cccd-registry history 001090990000 --data registry"});
}

}  // namespace registry
