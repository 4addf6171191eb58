#pragma once
// The commands of cccd-registry; main() only lists them.

#include "issuance/registry/home.h"
#include "pki/base/cli/cli.h"
#include "pki/base/core/finding.h"

namespace registry {

void add_register_commands(cli::Program& program);     // init, key, import, sample, answer, log verify
void add_person_commands(cli::Program& program);       // show, find, history
void add_queue_commands(cli::Program& program);        // adjudication, watch, correction, source
void add_officer_commands(cli::Program& program);      // officer, attestation sign, source sign
void add_attestation_commands(cli::Program& program);  // attestation add and list, attestations report
void add_change_commands(cli::Program& program);       // mark, card record, status, close, closed, event
void add_extract_command(cli::Program& program);       // extract
void add_client_commands(cli::Program& program);       // client add, remove, list; accesses
void add_serve_command(cli::Program& program);         // serve

// Shared by both.
struct Opened {
  base::SystemClock clock;
  Home home;
  explicit Opened(const cli::Arguments& arguments);
};
CitizenNumber number_of(const cli::Arguments& arguments);                    // NUMBER; Error{UsedWrongly}
std::string reference(const cli::Arguments& arguments, const char* option);  // case or purpose; Error{UsedWrongly}
base::Date day_of(const cli::Arguments& arguments, const char* option);      // ISO day; Error{UsedWrongly}
void declare_data(boost::program_options::options_description& options);

// Prints findings, as JSON {"done": …, "findings": […]} or as lines; Exit 1 when one of them fails.
cli::Exit report(const base::Findings& findings, bool json, std::string_view done);

}  // namespace registry
