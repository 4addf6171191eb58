#include "pki/evidence/log_commands.h"
#include "issuance/station/commands.h"

namespace station {

void add_log_commands(cli::Program& program) {
  evidence::add_log_verbs(program, {.program = "cccd-station",
                                    .whose = "the station's",
                                    .data = "the station's directory",
                                    .home =
                                        [](const std::filesystem::path& data) {
                                          const Home home{data};
                                          return evidence::LogHome{home.log(), home.log_public(), home.witnessed()};
                                        },
                                    .key =
                                        [](const std::filesystem::path& data, const base::Secret& password) {
                                          return keystore::load_file(Home{data}.statement_key(), password);
                                        }});
}

}  // namespace station
