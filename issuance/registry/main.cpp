#include "issuance/registry/commands.h"

int main(int argc, char** argv) {
  cli::Program program("cccd-registry", "Keeps the population register and signs its answers.",
                       "cccd-registry answer 001090990000 --case 2026-000001 --purpose issuance --data registry "
                       "--password-file registry.pw");
  registry::add_register_commands(program);
  registry::add_person_commands(program);
  registry::add_queue_commands(program);
  registry::add_officer_commands(program);
  registry::add_attestation_commands(program);
  registry::add_change_commands(program);
  registry::add_extract_command(program);
  registry::add_client_commands(program);
  registry::add_serve_command(program);
  return program.main(argc, argv);
}
