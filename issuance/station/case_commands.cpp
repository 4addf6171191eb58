#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/station/answers.h"
#include "issuance/station/commands.h"
#include "issuance/station/registry_https.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace station {

namespace {

cli::Exit case_open(const cli::Arguments& arguments) {
  const std::string file = arguments.text("APPLICATION");
  const std::string text = base::read_text_file(file, "reading an application");
  Acting acting(arguments);
  const ActingOfficer receiver = acting_officer(arguments, acting.station);
  const std::filesystem::path folder = file == "-" ? "." : std::filesystem::path(file).parent_path();
  const StepAnswer answer = acting.station.open_case(text, folder, receiver.officer, *receiver.key);
  if (answer.findings.failed() || arguments.flag("json")) return print(answer, arguments.flag("json"));
  std::cerr << to_text(answer.findings);
  std::cout << answer.case_id << "\n";  // alone, so that a script can take it
  return cli::Exit::Done;
}

cli::Exit case_vet(const cli::Arguments& arguments) {
  Acting acting(arguments);
  RegistryHttps registry(acting.station);
  const Network network = arguments.flag("offline") ? Network::Absent : Network::Asked;
  return print(acting.station.vet(arguments.text("CASE"), registry, network), arguments.flag("json"));
}

cli::Exit case_approve(const cli::Arguments& arguments) {
  Acting acting(arguments);
  const ActingOfficer acts = acting_officer(arguments, acting.station);
  return print(acting.station.approve(arguments.text("CASE"), acts.officer, *acts.key), arguments.flag("json"));
}

cli::Exit case_refuse(const cli::Arguments& arguments) {
  const cases::GivenReason reason{.text = arguments.text("reason"), .legal = arguments.text("legal")};
  check_reason(reason.text);
  check_reason(reason.legal);
  Acting acting(arguments);
  const ActingOfficer acts = acting_officer(arguments, acting.station);
  RegistryHttps live(acting.station);
  const bool may_wait = acting.station.extracts().current().has_value();
  QueuedRegistry registry = acting.station.queued(live, may_wait ? Undelivered::Waits : on_request(arguments));
  return print(acting.station.refuse(arguments.text("CASE"), acts.officer, reason, registry), arguments.flag("json"));
}

cli::Exit case_revoke(const cli::Arguments& arguments) {
  const std::string reason = arguments.text("reason");
  check_reason(reason);
  Acting acting(arguments);
  const ActingOfficer acts = acting_officer(arguments, acting.station);
  RegistryHttps live(acting.station);
  QueuedRegistry registry = acting.station.queued(live, on_request(arguments));
  return print(acting.station.revoke(arguments.text("CASE"), acts.officer, arguments.text("ground"), reason, registry),
               arguments.flag("json"));
}

cli::Exit case_show(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), clock, random);
  const std::string id = arguments.text("CASE");
  station.store().need(id);
  if (arguments.flag("json")) {
    std::cout << show_case(station.store(), id).dump() << "\n";
  } else {
    std::cout << show_case_text(station.store(), id);
  }
  return cli::Exit::Done;
}

cli::Exit case_list(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), clock, random);
  nlohmann::json list = nlohmann::json::array();
  for (const cases::CaseLine& line : station.store().list()) {
    list.push_back(
        {{"case", line.id}, {"state", line.state}, {"receiver", line.receiver}, {"opened_at", line.opened_at}});
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{}  {}  {:<16} {}\n", line.id, line.opened_at, line.receiver, state_text(line.state));
    }
  }
  if (arguments.flag("json")) std::cout << list.dump() << "\n";
  return cli::Exit::Done;
}

void declare_reading(Options& options) {
  declare_data(options);
  cli::add_flag(options, "json", "report as JSON");
}

void declare_decision(Options& options) {
  declare_officer(options);
  declare_offline(options);
  cli::add_text(options, "reason", "why, one line; it stays with the case");
}

void declare_refusal(Options& options) {
  declare_decision(options);
  cli::add_text(options, "legal", "the law it rests on, as form CC03 names it");
}

void declare_revocation(Options& options) {
  declare_decision(options);
  cli::add_text(options, "ground", "REV-NAT, REV-WRONG or REV-ALTERED (Luật 26/2023 Đ29.1)");
}

}  // namespace

void declare_offline(Options& options) {
  cli::add_flag(options, "offline", "there is no network: ask nobody, what the registry has to hear waits for sync");
}

Undelivered on_request(const cli::Arguments& arguments) {
  return arguments.flag("offline") ? Undelivered::Ahead : Undelivered::Fails;
}

cli::Exit print(const StepAnswer& answer, bool as_json) {
  if (as_json) {
    std::cout << to_json(answer).dump() << "\n";
  } else {
    std::cout << to_text(answer);
  }
  return answer.findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

void add_case_commands(cli::Program& program) {
  const std::string tail = " --data station --password-file station.pw";
  program
      .verb({.name = "case open",
             .summary = "Takes in an application (docs/formats/application.md; '-' is standard input), signs the "
                        "receipt with the "
                        "receiver's key, and prints the case's id.",
             .positional = {"APPLICATION"},
             .declare = declare_officer,
             .run = case_open,
             .example = "cccd-station case open application.json --officer an --officer-password-file an.pw" + tail})
      .verb({.name = "case vet",
             .summary = "Asks the population registry, applies the rules, and makes the card order.",
             .positional = {"CASE"},
             .declare =
                 [](Options& o) {
                   declare_acting(o);
                   declare_offline(o);
                 },
             .run = case_vet,
             .example = "cccd-station case vet 2026-000001" + tail})
      .verb(
          {.name = "case approve",
           .summary =
               "Signs the card order with an officer's key; two officers who did not take the application are needed.",
           .positional = {"CASE"},
           .declare = declare_officer,
           .run = case_approve,
           .example = "cccd-station case approve 2026-000001 --officer binh --officer-password-file binh.pw" + tail})
      .verb({.name = "case refuse",
             .summary = "Ends a case without a card.",
             .positional = {"CASE"},
             .declare = declare_refusal,
             .run = case_refuse,
             .example =
                 "cccd-station case refuse 2026-000001 --officer binh --officer-password-file binh.pw --reason \"Hồ sơ "
                 "không hợp lệ\" --legal \"Luật 26/2023/QH15 Đ23\"" +
                 tail})
      .verb({.name = "case revoke",
             .summary = "Takes a delivered card out of force at the registry.",
             .positional = {"CASE"},
             .declare = declare_revocation,
             .run = case_revoke,
             .example =
                 "cccd-station case revoke 2026-000001 --officer binh --officer-password-file binh.pw --reason \"Cấp "
                 "sai quy định\" --ground REV-WRONG" +
                 tail})
      .verb({.name = "case show",
             .summary = "Shows one case to the officers who decide on it.",
             .positional = {"CASE"},
             .declare = declare_reading,
             .run = case_show,
             .example = "cccd-station case show 2026-000001 --data station"})
      .verb({.name = "case list",
             .summary = "Lists the cases and where they stand.",
             .positional = {},
             .declare = declare_reading,
             .run = case_list,
             .example = "cccd-station case list --data station"});
}

}  // namespace station
