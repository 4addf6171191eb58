#include "issuance/station/commands.h"

int main(int argc, char** argv) {
  cli::Program program{
      "cccd-station", "The issuance station: from an application to a card that is handed over.",
      "cccd-station case open application.json --officer an --data station --password-file station.pw"};
  station::add_setup_commands(program);
  station::add_case_commands(program);
  station::add_appeal_commands(program);
  station::add_production_commands(program);
  station::add_offline_commands(program);
  station::add_log_commands(program);
  return program.main(argc, argv);
}
