#pragma once
// The commands of cccd-station, by what they are about. main.cpp only wires them.

#include <boost/program_options/options_description.hpp>

#include "issuance/station/station.h"
#include "pki/base/cli/cli.h"

namespace station {

void add_setup_commands(cli::Program& program);       // init, officer add, officer list
void add_case_commands(cli::Program& program);        // case open, vet, show, list, approve, refuse, revoke
void add_appeal_commands(cli::Program& program);      // case refusal, appeal, resume, correction request
void add_production_commands(cli::Program& program);  // produce, spoil, deliver
void add_offline_commands(cli::Program& program);     // extract load, extract show, sync
void add_log_commands(cli::Program& program);         // log show, verify, prove, cosign, witness

using Options = boost::program_options::options_description;
void declare_data(Options& options);     // --data
void declare_acting(Options& options);   // --data, --password-file, --json
void declare_officer(Options& options);  // declare_acting, --officer, --officer-password-file

Home home_of(const cli::Arguments& arguments);
base::Secret station_password(const cli::Arguments& arguments);

// The officer named by --officer with the key that --officer-password-file opens.
struct ActingOfficer {
  cases::StationOfficer officer;
  std::unique_ptr<keystore::SigningKey> key;
};
ActingOfficer acting_officer(const cli::Arguments& arguments, Station& station);

// Clock, randomness and the station that acts, together for one command.
struct Acting {
  explicit Acting(const cli::Arguments& arguments)
      : station(home_of(arguments), station_password(arguments), clock, random) {}
  base::SystemClock clock;
  base::SystemRandom random;
  Station station;
};

// --offline: there is no network, and what the registry has to hear waits for cccd-station sync.
void declare_offline(Options& options);
// For a decision whose check at the registry falls away without network: it waits only when the officer says so.
Undelivered on_request(const cli::Arguments& arguments);

cli::Exit print(const StepAnswer& answer, bool as_json);

}  // namespace station
