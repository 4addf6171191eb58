#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/station/answers.h"
#include "issuance/station/commands.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"

namespace station {

namespace {

cli::Exit log_show(const cli::Arguments& arguments) {
  const bool as_json = arguments.flag("json");
  evidence::each_entry(home_of(arguments).log(), [as_json](const nlohmann::json& entry) {
    if (as_json) {
      std::cout << entry.dump() << "\n";
      return;
    }
    std::cout << fmt::format("{:>6}  {}  {:<28} {}\n", entry.at("index").get<std::uint64_t>(),
                             entry.at("at").get<std::string>(), entry.at("event").get<std::string>(),
                             entry.at("data").dump());
  });
  return cli::Exit::Done;
}

cli::Exit log_verify(const cli::Arguments& arguments) {
  const Home home = home_of(arguments);
  const base::Bytes owner = base::read_file(home.log_public(), "reading the log's public key");
  const base::Findings findings = evidence::verify_log(home.log(), owner);
  nlohmann::json list = nlohmann::json::array();
  for (const base::Finding& finding : findings.list()) {
    list.push_back(to_json(finding));
    if (!arguments.flag("json")) std::cout << fmt::format("{} {}: {}\n", finding.code, finding.where, finding.text);
  }
  if (arguments.flag("json")) {
    std::cout << nlohmann::json{{"sound", !findings.failed()}, {"findings", std::move(list)}}.dump() << "\n";
  } else if (!findings.failed()) {
    std::cout << "Nhật ký nguyên vẹn / the log is sound\n";
  }
  return findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

void declare(Options& options) {
  declare_data(options);
  cli::add_flag(options, "json", "report as JSON (log show: one entry a line)");
}

}  // namespace

void add_log_commands(cli::Program& program) {
  program
      .verb({.name = "log show",
             .summary = "Shows the station's log, oldest first.",
             .positional = {},
             .declare = declare,
             .run = log_show,
             .example = "cccd-station log show --data station"})
      .verb({.name = "log verify",
             .summary = "Checks every entry and checkpoint of the station's log against its key.",
             .positional = {},
             .declare = declare,
             .run = log_verify,
             .example = "cccd-station log verify --data station"});
}

}  // namespace station
