#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/registry/commands.h"
#include "issuance/registry/json_lines.h"
#include "pki/base/core/error.h"

namespace registry {

namespace {

using Options = boost::program_options::options_description;

[[noreturn]] void used_wrongly(const char* seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", seen);
}

std::string chip_of(const cli::Arguments& arguments, const char* option) {
  const auto serial = parse_chip_serial(arguments.text(option));
  if (!serial) used_wrongly("a chip serial is 16 hexadecimal digits");
  return *serial;
}

std::string status_of(const cli::Arguments& arguments) {
  std::string status = arguments.text("status");
  if (!is_card_status(status)) used_wrongly("--status is active, lost, exchanged or revoked");
  return status;
}

cli::Exit mark(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  const std::string case_id = reference(arguments, "case");
  const std::string state = arguments.text("state");
  if (state != "open" && state != "closed") used_wrongly("--state is open or closed");
  Store store = opened.home.store(opened.clock);
  const auto findings = state == "open" ? store.open_case(number, case_id) : store.close_case(number, case_id);
  return report(findings, arguments.flag("json"), state == "open" ? "case marked open" : "case marked closed");
}

cli::Exit record(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  const CardEntry card{.chip_serial = chip_of(arguments, "chip"),
                       .case_id = reference(arguments, "case"),
                       .issued = day_of(arguments, "issued"),
                       .status = status_of(arguments),
                       .replaces = arguments.has("replaces") ? chip_of(arguments, "replaces") : std::string{}};
  Store store = opened.home.store(opened.clock);
  return report(store.record_card(number, card), arguments.flag("json"), "card recorded");
}

cli::Exit change_status(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  const std::string serial = chip_of(arguments, "chip");
  const std::string status = status_of(arguments);
  if (status == "active") used_wrongly("a closed card does not become active again; a new one is recorded");
  Store store = opened.home.store(opened.clock);
  return report(store.set_card_status(number, serial, status), arguments.flag("json"), "card status set");
}

// One line of status.jsonl: {"case","reason","serial","since","status"}. Said again it changes nothing.
base::Findings close_one(Store& store, const JsonRecord& record) {
  base::Findings findings;
  const auto field = [&](const char* name) {
    const auto found = record.fields.find(name);
    return found == record.fields.end() ? std::string{} : found->second;
  };
  const auto serial = parse_chip_serial(field("serial"));
  const std::string status = field("status");
  if (!record.malformed.empty() || !serial || !is_card_status(status) || status == "active") {
    findings.fail("CARD_LINE", "line", "It does not say which chip is lost, exchanged or revoked.");
    return findings;
  }
  const auto holder = store.holder_of_chip(*serial);
  if (holder) return store.set_card_status(*holder, *serial, status);
  findings.fail("CARD_NOT_FOUND", "chip", "The register does not know this chip.");
  return findings;
}

cli::Exit close_cards(const cli::Arguments& arguments) {
  Opened opened(arguments);
  std::ifstream file(arguments.text("FILE"));
  if (!file) throw base::Error(base::Fault::FixConfiguration, "reading the cards to close", "the file cannot be read");
  Store store = opened.home.store(opened.clock);
  base::Findings all;
  std::size_t closed = 0;
  JsonLinesReader lines(file);
  for (JsonRecord record; lines.next(record);) {
    const base::Findings found = close_one(store, record);
    if (!found.failed()) ++closed;
    for (base::Finding finding : found.list()) {
      finding.where = fmt::format("line {}, {}", record.line, finding.where);
      all.add(std::move(finding));
    }
  }
  return report(all, arguments.flag("json"), fmt::format("{} cards are closed", closed));
}

cli::Exit show_closed(const cli::Arguments& arguments) {
  Opened opened(arguments);
  Store store = opened.home.store(opened.clock);
  store.each_closed_card([](const CardEntry& card, const std::string& since) {
    const nlohmann::json line{
        {"case", card.case_id}, {"serial", card.chip_serial}, {"since", since}, {"status", card.status}};
    std::cout << line.dump() << "\n";
  });
  return cli::Exit::Done;
}

// "full_name=Nguyễn Văn Mẫu": the field and what it is from now on.
Changes changes_of(const cli::Arguments& arguments) {
  Changes changes;
  if (!arguments.has("set")) return changes;
  for (const std::string& text : arguments.texts("set")) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || !changes.try_emplace(text.substr(0, equals)).second)
      used_wrongly("--set is FIELD=VALUE, each field once");
    changes[text.substr(0, equals)].after = text.substr(equals + 1);
  }
  return changes;
}

cli::Exit event(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const auto kind = parse_event(arguments.text("KIND"));
  if (!kind) used_wrongly("KIND is no event; see the man page for their names");
  const CitizenNumber number = number_of(arguments);
  const Event event{.kind = *kind,
                    .on = day_of(arguments, "on"),
                    .id = arguments.has("id") ? reference(arguments, "id") : std::string{},
                    .basis = arguments.text_or("basis", ""),
                    .changes = changes_of(arguments),
                    .other = arguments.text_or("other", ""),
                    .recorded_at = {}};
  Store store = opened.home.store(opened.clock);
  return report(store.record_event(number, event), arguments.flag("json"), "event recorded");
}

void add_closing_commands(cli::Program& program) {
  program
      .verb({.name = "card close",
             .summary = "Closes the cards that a file names, such as status.jsonl of a leaked signer's drill.",
             .positional = {"FILE"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = close_cards,
             .example = "cccd-registry card close leak/status.jsonl --data registry"})
      .verb({.name = "card closed",
             .summary = "Lists the chips whose cards are lost, exchanged or revoked, one JSON object a line.",
             .positional = {},
             .declare = declare_data,
             .run = show_closed,
             .example = "cccd-registry card closed --data registry > closed.jsonl"});
}

}  // namespace

void add_change_commands(cli::Program& program) {
  add_closing_commands(program);
  program
      .verb({.name = "mark",
             .summary = "Marks a case as open or closed on a number; answers for other cases then say so.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_text(o, "case", "the case");
                   cli::add_text(o, "state", "open or closed");
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = mark,
             .example = "cccd-registry mark 001090990000 --case 2026-000001 --state open --data registry"})
      .verb({.name = "card record",
             .summary = "Records a delivered card; an active one closes the card it replaces in the same step.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_text(o, "chip", "the chip's serial, 16 hexadecimal digits");
                   cli::add_text(o, "case", "the case it was made for; recording it again changes nothing");
                   cli::add_text(o, "issued", "day of issue, 2026-11-23");
                   cli::add_text(o, "status", "active, lost, exchanged or revoked");
                   cli::add_text(o, "replaces", "the chip serial of the card it replaces");
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = record,
             .example = "cccd-registry card record 001090990000 --chip 0000000000000001 --case 2026-000001 "
                        "--issued 2026-11-23 --status active --data registry"})
      .verb({.name = "card status",
             .summary = "Closes an active card: lost, exchanged or revoked.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_text(o, "chip", "the chip's serial, 16 hexadecimal digits");
                   cli::add_text(o, "status", "lost, exchanged or revoked");
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = change_status,
             .example = "cccd-registry card status 001090990000 --chip 0000000000000001 --status lost --data registry"})
      .verb({.name = "event",
             .summary = "Records what happened to a person, with its legal day; told again it changes nothing.",
             .positional = {"KIND", "NUMBER"},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_text(o, "on", "the day from which it counts, 2026-11-23");
                   cli::add_text(o, "id", "name of the event (made of kind and day unless given)");
                   cli::add_text(o, "basis", "number of the decision or certificate");
                   cli::add_text(o, "other", "the second number: the spouse's, or the one established instead");
                   cli::add_texts(o, "set", "FIELD=VALUE that it changes; may be given several times");
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = event,
             .example = "cccd-registry event death 001050990000 --on 2026-01-31 --data registry"});
}

}  // namespace registry
