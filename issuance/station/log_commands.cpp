#include <iostream>

#include "issuance/station/commands.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log_report.h"

namespace station {

namespace {

cli::Exit log_show(const cli::Arguments& arguments) {
  evidence::print_log(home_of(arguments).log(), arguments.flag("json"), std::cout);
  return cli::Exit::Done;
}

cli::Exit log_verify(const cli::Arguments& arguments) {
  const Home home = home_of(arguments);
  const base::Bytes owner = base::read_file(home.log_public(), "reading the log's public key");
  const bool sound = evidence::print_verification(home.log(), owner, arguments.flag("json"), std::cout);
  return sound ? cli::Exit::Done : cli::Exit::NotAcceptable;
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
