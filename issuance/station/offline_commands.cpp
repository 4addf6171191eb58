#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/station/answers.h"
#include "issuance/station/commands.h"
#include "issuance/station/registry_https.h"
#include "pki/base/core/error.h"

namespace station {

namespace {

using nlohmann::json;

void show(const extract::Header& header, bool as_json) {
  const std::string at = base::to_rfc3339(header.at), until = base::to_rfc3339(header.until);
  if (as_json) {
    std::cout
        << json{{"id", header.id}, {"at", at}, {"until", until}, {"count", header.count}, {"root", header.root}}.dump()
        << "\n";
    return;
  }
  std::cout << fmt::format("Bản trích / extract {}: {} người / persons, {}, dùng đến / until {}\n", header.id,
                           header.count, at, until);
}

cli::Exit extract_load(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), station_password(arguments), clock, random);
  const std::string file = arguments.text("FILE");
  std::ifstream opened;
  if (file != "-") {
    opened.open(file, std::ios::binary);
    if (!opened) {
      throw base::Error(base::Fault::FixConfiguration, "loading an extract of the register",
                        fmt::format("{} cannot be read; check its name and mode", file));
    }
  }
  auto loaded = station.load_extract(file == "-" ? std::cin : opened);
  if (auto* findings = std::get_if<base::Findings>(&loaded)) {
    StepAnswer answer;
    answer.findings = std::move(*findings);
    return print(answer, arguments.flag("json"));
  }
  show(std::get<extract::Header>(loaded), arguments.flag("json"));
  return cli::Exit::Done;
}

cli::Exit extract_show(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), clock, random);
  const auto header = station.extracts().current();
  if (header) {
    show(*header, arguments.flag("json"));
    return cli::Exit::Done;
  }
  std::cout << (arguments.flag("json") ? "null\n"
                                       : "Chưa có bản trích / no extract is loaded: cccd-station extract load\n");
  return cli::Exit::NotAcceptable;
}

void print_json(const SyncReport& report, std::int64_t waiting, const std::vector<Change>& refused,
                const std::vector<StepAnswer>& resumed) {
  json findings = json::array(), list = json::array(), vetted = json::array();
  for (const StepAnswer& answer : resumed) vetted.push_back({{"case", answer.case_id}, {"state", answer.state}});
  for (const base::Finding& finding : report.findings.list()) findings.push_back(to_json(finding));
  for (const Change& change : refused) {
    list.push_back({{"case", change.case_id}, {"change", change.kind}, {"key", change.key}, {"codes", change.codes}});
  }
  const json said = {{"delivered", report.delivered}, {"waiting", waiting},   {"held", report.held},
                     {"refused", std::move(list)},    {"findings", findings}, {"vetted", std::move(vetted)}};
  std::cout << said.dump() << "\n";
}

cli::Exit sync(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), station_password(arguments), clock, random);
  RegistryHttps registry(station);
  const SyncReport report = station.sync(registry);
  const std::vector<StepAnswer> resumed = station.resume(registry);
  const std::vector<Change> refused = station.queue().refused();
  if (arguments.flag("json")) {
    print_json(report, station.queue().waiting(), refused, resumed);
  } else {
    std::cout << fmt::format("Đã báo / delivered: {}\n", report.delivered);
    for (const std::string& id : report.held) {
      std::cout << fmt::format("Hồ sơ {0} tạm dừng / case {0} is held: vet it again\n", id);
    }
    for (const StepAnswer& answer : resumed) std::cout << to_text(answer);
    for (const Change& change : refused) {
      std::cout << fmt::format("Bị từ chối / the registry refused: {} {} ({})\n", change.kind, change.case_id,
                               fmt::join(change.codes, ", "));
    }
  }
  return report.findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

}  // namespace

void add_offline_commands(cli::Program& program) {
  program
      .verb({.name = "extract load",
             .summary = "Takes in a dated extract of the register ('-' is standard input), by which cases are vetted "
                        "while the registry does not answer.",
             .positional = {"FILE"},
             .declare = declare_acting,
             .run = extract_load,
             .example = "cccd-station extract load hanoi.extract --data station --password-file station.pw"})
      .verb({.name = "extract show",
             .summary = "Says which extract this station works by, and of when it is.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = extract_show,
             .example = "cccd-station extract show --data station"})
      .verb({.name = "sync",
             .summary = "Tells the registry, in its order, what had to wait while there was no network, and "
                        "vets held cases again that may go on.",
             .positional = {},
             .declare = declare_acting,
             .run = sync,
             .example = "cccd-station sync --data station --password-file station.pw"});
}

}  // namespace station
