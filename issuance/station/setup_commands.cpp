#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/station/commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace station {

namespace {

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

// --registry-tls is a folder as `cccd-pki tls issue` makes it.
RegistryAccess registry_of(const cli::Arguments& arguments) {
  const std::filesystem::path tls = arguments.text("registry-tls");
  return {.url = arguments.text("registry"),
          .certificate = tls / "tls.pem",
          .key = tls / "tls.key",
          .ca = arguments.text("registry-ca")};
}

cli::Exit init(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  NewStation wanted;
  if (arguments.has("registry")) wanted.settings.registry = registry_of(arguments);
  wanted.settings.signer_socket = arguments.text_or("signer-socket", "");
  wanted.registry_key = arguments.text_or("registry-key", "");
  wanted.settings.cvca = arguments.text_or("cvca", "");
  for (const std::string& file : arguments.texts("csca")) wanted.settings.csca.emplace_back(file);
  if (arguments.has("registry") != arguments.has("registry-key")) {
    used_wrongly("--registry and --registry-key belong together");
  }
  const Home home = home_of(arguments);
  make_station(home, wanted, station_password(arguments), random, clock);
  std::cout << fmt::format("Đã lập trạm / a station is ready: {}\n", home.folder.string());
  return cli::Exit::Done;
}

cli::Exit officer_add(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  const std::string account = arguments.text("ACCOUNT");
  const std::string person = arguments.text("person");
  const auto profile = x509::issue::read_signatory_profile(arguments.text_or("profile", ""));
  const auto role = cases::parse_role(arguments.text("role"));
  if (!cases::is_account_name(account)) used_wrongly("ACCOUNT is up to 32 of a-z, 0-9, '.', '-', '_'");
  if (!cases::is_person_id(person)) {
    used_wrongly("--person is up to 64 letters, digits, '.', '-', '_', and no citizen number");
  }
  if (!role || *role == cases::Role::Station) used_wrongly("--role is receiver, checker or approver");
  const Home home = home_of(arguments);
  const base::Secret password =
      base::read_password_file(arguments.text("password-file"), "reading the officer's password");
  add_officer(home, {account, person, *role, profile.officer}, password, clock, random);
  std::cout << fmt::format("Đã thêm cán bộ / officer entered: {}; certificate for the PKI administrator: {}\n", account,
                           home.officer_certificate(account).string());
  return cli::Exit::Done;
}

cli::Exit officer_list(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  base::SystemRandom random;
  Station station(home_of(arguments), clock, random);
  nlohmann::json list = nlohmann::json::array();
  for (const cases::StationOfficer& officer : station.store().officers().list()) {
    list.push_back({{"account", officer.account},
                    {"person", officer.person},
                    {"role", std::string(cases::role_name(officer.role))}});
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{:<20} {:<20} {}\n", officer.account, officer.person, cases::role_name(officer.role));
    }
  }
  if (arguments.flag("json")) std::cout << list.dump() << "\n";
  return cli::Exit::Done;
}

}  // namespace

void declare_data(Options& options) {
  cli::add_text(options, "data", "the station's directory");
}

void declare_acting(Options& options) {
  declare_data(options);
  cli::add_text(options, "password-file", "file whose first line is the station's password");
  cli::add_flag(options, "json", "report as one JSON object");
}

void declare_officer(Options& options) {
  declare_acting(options);
  cli::add_text(options, "officer", "account of the officer who acts");
  cli::add_text(options, "officer-password-file", "file whose first line is the officer's password");
}

Home home_of(const cli::Arguments& arguments) {
  return {arguments.text("data")};
}

base::Secret station_password(const cli::Arguments& arguments) {
  return base::read_password_file(arguments.text("password-file"), "reading the station's password");
}

ActingOfficer acting_officer(const cli::Arguments& arguments, Station& station) {
  cases::StationOfficer officer = station.store().officers().need(arguments.text("officer"));
  const base::Secret password =
      base::read_password_file(arguments.text("officer-password-file"), "reading the officer's password");
  auto key = open_officer_key(station.home(), officer, password);
  return {std::move(officer), std::move(key)};
}

void add_setup_commands(cli::Program& program) {
  program
      .verb(
          {.name = "init",
           .summary = "Makes a station: its directory, its keys, and whom it asks and trusts.",
           .positional = {},
           .declare =
               [](Options& o) {
                 declare_data(o);
                 cli::add_text(o, "password-file", "file whose first line is the password of the station's keys");
                 cli::add_text(o, "registry", "where cccd-registry serves, https://host:port");
                 cli::add_text(o, "registry-tls",
                               "folder with this station's tls.pem and tls.key (cccd-pki tls issue --client), the key "
                               "under the station's password");
                 cli::add_text(o, "registry-ca", "who signs the registry's TLS certificate: ca.pem");
                 cli::add_text(o, "registry-key", "the registry's public key: registry.pub.der of its directory");
                 cli::add_text(o, "signer-socket", "the socket of cccd-signer");
                 cli::add_texts(o, "csca",
                                "CSCA certificate that the station's own inspection trusts; may be repeated");
                 cli::add_text(o, "cvca", "certificate of the CVCA that the chips trust: whose terminals read fingers");
               },
           .run = init,
           .example = "cccd-station init --data station --password-file station.pw --registry https://127.0.0.1:7443 "
                      "--registry-tls station-tls --registry-ca tls-ca/ca.pem --registry-key registry.pub.der "
                      "--signer-socket /run/cccd/signer.socket --csca csca.cer --cvca cvca.cvcert"})
      .verb(
          {.name = "officer add",
           .summary = "Enters an officer: makes an encrypted key and a certificate for the PKI administrator.",
           .positional = {"ACCOUNT"},
           .declare =
               [](Options& o) {
                 declare_data(o);
                 cli::add_text(o, "person",
                               "who the officer is, one identity over all accounts; never a citizen number");
                 cli::add_text(o, "role", "receiver, checker or approver");
                 cli::add_text(o, "password-file", "file whose first line is the officer's password");
                 cli::add_text(o, "profile", "profile of signatories (TOML); the shipped one when left out");
               },
           .run = officer_add,
           .example =
               "cccd-station officer add binh --person P-0002 --role approver --password-file binh.pw --data station"})
      .verb({.name = "officer list",
             .summary = "Lists the officers of this station.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = officer_list,
             .example = "cccd-station officer list --data station"});
}

}  // namespace station
