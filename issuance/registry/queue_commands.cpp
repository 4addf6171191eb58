// What people decide about persons: duplicates, the watch list, corrections, sources of imported records.

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/attestation/sources.h"
#include "issuance/registry/commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace registry {

namespace {

using nlohmann::json;
using Options = boost::program_options::options_description;

constexpr int kLongestQueue = 1000;  // shown at once; the oldest first

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

std::string officer_of(const cli::Arguments& arguments) {
  std::string officer = arguments.text("officer");
  if (!attestation::is_name(officer)) used_wrongly("--officer is the name of a person, not a number");
  return officer;
}

cli::Exit list_pairs(const cli::Arguments& arguments) {
  Opened opened(arguments);
  Store store = opened.home.store(opened.clock);
  json pairs = json::array();
  for (const Pair& pair : store.open_pairs(kLongestQueue)) {
    json decisions = json::array();
    for (const PairDecision& d : pair.decisions)
      decisions.push_back({{"officer", d.officer}, {"decision", d.decision}, {"at", base::to_rfc3339(d.at)}});
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{}  {}  {}  {} ({})  {} of 2 decisions\n", pair.id, pair.first.text(),
                               pair.second.text(), pair.kind, pair.why, pair.decisions.size());
    }
    pairs.push_back({{"pair", pair.id},
                     {"numbers", {pair.first.text(), pair.second.text()}},
                     {"kind", pair.kind},
                     {"why", pair.why},
                     {"decisions", std::move(decisions)}});
  }
  if (arguments.flag("json")) std::cout << json{{"pairs", std::move(pairs)}}.dump() << "\n";
  return cli::Exit::Done;
}

cli::Exit decide_pair(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const std::string decision = arguments.text("decision");
  if (!is_pair_decision(decision)) used_wrongly("--decision is different-persons, same-person or needs-field-check");
  Store store = opened.home.store(opened.clock);
  const auto findings = store.decide_pair(arguments.text("PAIR"), decision, officer_of(arguments));
  const auto pair = store.pair(arguments.text("PAIR"));
  const bool is_closed = pair && pair->state != "open";
  return report(
      findings, arguments.flag("json"),
      is_closed ? "decided by two officers; the pair is closed" : "decision kept; another officer decides too");
}

WatchEntry entry_of(const cli::Arguments& arguments, const base::Clock& clock) {
  WatchEntry entry{arguments.text("kind"), officer_of(arguments), arguments.text_or("basis", ""), clock.now()};
  if (!is_watch_kind(entry.kind)) used_wrongly("--kind is biometric-hit, identity-fraud or wanted");
  return entry;
}

cli::Exit add_watch(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  const WatchEntry entry = entry_of(arguments, opened.clock);
  Store store = opened.home.store(opened.clock);
  return report(store.add_watch(number, entry), arguments.flag("json"), "on the watch list");
}

cli::Exit remove_watch(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  const std::string kind = arguments.text("kind");
  if (!is_watch_kind(kind)) used_wrongly("--kind is biometric-hit, identity-fraud or wanted");
  Store store = opened.home.store(opened.clock);
  return report(store.remove_watch(number, kind), arguments.flag("json"), "not on the watch list");
}

cli::Exit request_correction(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  Store store = opened.home.store(opened.clock);
  return report(
      store.request_correction(number, arguments.text("field"), arguments.text("value"), reference(arguments, "case"),
                               officer_of(arguments), arguments.text_or("basis", "")),
      arguments.flag("json"), "correction asked for");
}

cli::Exit list_corrections(const cli::Arguments& arguments) {
  Opened opened(arguments);
  Store store = opened.home.store(opened.clock);
  json list = json::array();
  for (const Correction& c : store.open_corrections(kLongestQueue)) {
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{}  {}  {}: {} -> {}  case {}, asked by {}\n", c.id, c.number.text(), c.field, c.before,
                               c.wanted, c.case_id, c.asked_by);
    }
    list.push_back({{"correction", c.id},
                    {"number", c.number.text()},
                    {"field", c.field},
                    {"before", c.before},
                    {"wanted", c.wanted},
                    {"case", c.case_id},
                    {"asked_by", c.asked_by},
                    {"asked_at", base::to_rfc3339(c.asked_at)},
                    {"basis", c.basis}});
  }
  if (arguments.flag("json")) std::cout << json{{"corrections", std::move(list)}}.dump() << "\n";
  return cli::Exit::Done;
}

cli::Exit decide_correction(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const bool accept = arguments.flag("accept");
  if (accept == arguments.flag("refuse")) used_wrongly("either --accept or --refuse");
  Store store = opened.home.store(opened.clock);
  return report(store.decide_correction(arguments.text("ID"), accept, officer_of(arguments)), arguments.flag("json"),
                accept ? "accepted; the register is corrected" : "refused; the register stays as it is");
}

cli::Exit add_source(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const std::string text =
      base::read_text_file(arguments.text("FILE"), "reading the statements about the source (man cccd-registry)");
  const auto statements = attestation::read_source_file(text);
  base::Findings findings;
  if (!statements) {
    findings.fail("SOURCE_NOT_TRUSTED", "file", "It is no file of two signed statements.");
    return report(findings, arguments.flag("json"), "");
  }
  const std::filesystem::path folder = arguments.text("data");
  const auto opened_source =
      attestation::open_source(*statements, attestation::OfficerBook::read(folder / "officers.toml"));
  if (const auto* const refused = std::get_if<base::Findings>(&opened_source))
    return report(*refused, arguments.flag("json"), "");
  const auto& source = std::get<attestation::Source>(opened_source);
  Store store = opened.home.store(opened.clock);
  const std::int64_t id = store.add_source({.id = 0,
                                            .name = source.id,
                                            .attested = source.attested,
                                            .statement = attestation::write_source_file(source.statements)});
  if (arguments.flag("json")) {
    std::cout << json{{"source", id}, {"name", source.id}}.dump() << "\n";
  } else {
    std::cout << fmt::format("source {}: {}\n", id, source.id);
  }
  return cli::Exit::Done;
}

void with_json(Options& o) {
  declare_data(o);
  cli::add_flag(o, "json", "report as JSON");
}

void with_officer(Options& o) {
  with_json(o);
  cli::add_text(o, "officer", "the person who says so");
}

void add_adjudication(cli::Program& program) {
  program
      .verb({.name = "adjudication list",
             .summary = "Lists the pairs of numbers under which one person seems to stand.",
             .positional = {},
             .declare = with_json,
             .run = list_pairs,
             .example = "cccd-registry adjudication list --data registry"})
      .verb({.name = "adjudication decide",
             .summary = "Keeps one officer's decision about a pair; two officers of one mind close it.",
             .positional = {"PAIR"},
             .declare =
                 [](Options& o) {
                   with_officer(o);
                   cli::add_text(o, "decision", "different-persons, same-person or needs-field-check");
                 },
             .run = decide_pair,
             .example = "cccd-registry adjudication decide p0123456789abcdef --decision different-persons --officer "
                        "officer-a --data registry"})
      .verb({.name = "source add",
             .summary = "Enters where a batch of records comes from: the same statement signed by two officers.",
             .positional = {"FILE"},
             .declare = with_json,
             .run = add_source,
             .example = "cccd-registry source add batch-7.json --data registry"});
}

void add_watch_commands(cli::Program& program) {
  program
      .verb(
          {.name = "watch add",
           .summary = "Puts a number on the watch list: cases on it are held until somebody has looked.",
           .positional = {"NUMBER"},
           .declare =
               [](Options& o) {
                 with_officer(o);
                 cli::add_text(o, "kind", "biometric-hit, identity-fraud or wanted");
                 cli::add_text(o, "basis", "number of the decision");
               },
           .run = add_watch,
           .example = "cccd-registry watch add 001090990000 --kind biometric-hit --officer officer-a --data registry"})
      .verb({.name = "watch remove",
             .summary = "Takes a number off the watch list.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_text(o, "kind", "biometric-hit, identity-fraud or wanted");
                 },
             .run = remove_watch,
             .example = "cccd-registry watch remove 001090990000 --kind biometric-hit --data registry"});
}

void add_correction_commands(cli::Program& program) {
  program
      .verb({.name = "correction request",
             .summary = "Asks for one field of a person to be corrected; another officer decides.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   with_officer(o);
                   cli::add_text(o, "field", "full_name, birth, sex, residence, …");
                   cli::add_text(o, "value", "what it should be");
                   cli::add_text(o, "case", "the case that waits for it");
                   cli::add_text(o, "basis", "number of the decision or certificate");
                 },
             .run = request_correction,
             .example = "cccd-registry correction request 001090990000 --field full_name --value 'Nguyễn Văn Mẫu' "
                        "--case 2026-000001 --officer officer-a --data registry"})
      .verb({.name = "correction list",
             .summary = "Lists the corrections that are asked for and not decided.",
             .positional = {},
             .declare = with_json,
             .run = list_corrections,
             .example = "cccd-registry correction list --data registry"})
      .verb({.name = "correction decide",
             .summary = "Accepts or refuses a correction; an accepted one is an event of today.",
             .positional = {"ID"},
             .declare =
                 [](Options& o) {
                   with_officer(o);
                   cli::add_flag(o, "accept", "the register is corrected");
                   cli::add_flag(o, "refuse", "the register stays as it is");
                 },
             .run = decide_correction,
             .example =
                 "cccd-registry correction decide c0123456789abcdef --accept --officer officer-b --data registry"});
}

}  // namespace

void add_queue_commands(cli::Program& program) {
  add_adjudication(program);
  add_watch_commands(program);
  add_correction_commands(program);
}

}  // namespace registry
