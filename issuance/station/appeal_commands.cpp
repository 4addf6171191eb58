// What becomes of cases that did not go through: form CC03, appeals, corrections, and going on by themselves.

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/station/answers.h"
#include "issuance/station/commands.h"
#include "issuance/station/registry_https.h"

namespace station {

namespace {

cli::Exit case_refusal(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), clock, random);
  const std::string id = arguments.text("CASE");
  station.store().need(id);
  auto notice = cases::refusal_notice(station.store(), id);
  if (auto* findings = std::get_if<base::Findings>(&notice)) {
    return print({.case_id = id,
                  .state = station.store().journal().state(id),
                  .findings = std::move(*findings),
                  .order_sha256 = {},
                  .rule_set = {},
                  .vetting = {}},
                 arguments.flag("json"));
  }
  const auto& content = std::get<cases::RefusalNotice>(notice);
  if (arguments.flag("json")) {
    std::cout << to_json(content).dump() << "\n";
  } else {
    std::cout << to_text(content);
  }
  return cli::Exit::Done;
}

cli::Exit case_appeal(const cli::Arguments& arguments) {
  const std::string reason = arguments.text("reason");
  check_reason(reason);
  Acting acting(arguments);
  const ActingOfficer receiver = acting_officer(arguments, acting.station);
  return print(acting.station.appeal(arguments.text("CASE"), receiver.officer, *receiver.key, reason),
               arguments.flag("json"));
}

cli::Exit case_resume(const cli::Arguments& arguments) {
  Acting acting(arguments);
  RegistryHttps registry(acting.station);
  const std::vector<StepAnswer> answers = acting.station.resume(registry);
  if (arguments.flag("json")) {
    nlohmann::json list = nlohmann::json::array();
    for (const StepAnswer& answer : answers) {
      nlohmann::json entry = to_json(answer);
      entry["case"] = answer.case_id;
      entry["state"] = answer.state;
      list.push_back(std::move(entry));
    }
    std::cout << list.dump() << "\n";
    return cli::Exit::Done;
  }
  for (const StepAnswer& answer : answers) std::cout << to_text(answer);
  std::cout << fmt::format("{} hồ sơ được kiểm tra lại / cases vetted again\n", answers.size());
  return cli::Exit::Done;
}

cli::Exit correction_request(const cli::Arguments& arguments) {
  Acting acting(arguments);
  const ActingOfficer acts = acting_officer(arguments, acting.station);
  RegistryHttps registry(acting.station);
  return print(
      acting.station.request_correction(arguments.text("CASE"), arguments.text("field"), acts.officer, registry),
      arguments.flag("json"));
}

void declare_reading(Options& options) {
  declare_data(options);
  cli::add_flag(options, "json", "report as JSON");
}

void declare_appeal(Options& options) {
  declare_officer(options);
  cli::add_text(options, "reason", "what the appeal says, one line; it stays with the case");
}

void declare_correction(Options& options) {
  declare_officer(options);
  cli::add_text(options, "field", "full_name, birth or sex: what the last vetting found to differ");
}

}  // namespace

void add_appeal_commands(cli::Program& program) {
  const std::string tail = " --data station --password-file station.pw";
  program
      .verb({.name = "case refusal",
             .summary = "Gives the content of form CC03 of a refused case: what was asked for, why not, on which law.",
             .positional = {"CASE"},
             .declare = declare_reading,
             .run = case_refusal,
             .example = "cccd-station case refusal 2026-000001 --data station"})
      .verb({.name = "case appeal",
             .summary = "Takes a refused case in again: a receiver who had no part in it signs for the application.",
             .positional = {"CASE"},
             .declare = declare_appeal,
             .run = case_appeal,
             .example = "cccd-station case appeal 2026-000001 --officer dung --officer-password-file dung.pw --reason "
                        "\"Quốc tịch đã được xác định\"" +
                        tail})
      .verb({.name = "case resume",
             .summary = "Vets again every held case that the register's changes may let go on.",
             .positional = {},
             .declare = declare_acting,
             .run = case_resume,
             .example = "cccd-station case resume" + tail})
      .verb({.name = "correction request",
             .summary = "Asks the population register to correct a field that differs from what a held case claims.",
             .positional = {"CASE"},
             .declare = declare_correction,
             .run = correction_request,
             .example = "cccd-station correction request 2026-000001 --field full_name --officer an "
                        "--officer-password-file an.pw" +
                        tail});
}

}  // namespace station
