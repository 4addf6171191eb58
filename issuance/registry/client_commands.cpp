// Who may speak to the service, and what a citizen is told of them: client add, client remove, client list, accesses.

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/registry/access_book.h"
#include "issuance/registry/clients.h"
#include "issuance/registry/commands.h"
#include "issuance/registry/scopes.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/hash.h"

namespace registry {

namespace {

using nlohmann::json;
using Options = boost::program_options::options_description;

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

std::string lower_hex(base::ByteView bytes) {
  std::string text = base::to_hex(bytes);
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
  return text;
}

std::string fingerprint_of(const std::string& file) {
  const auto der = crypto::openssl::certificate_der(base::read_file(file, "reading a client's certificate"));
  if (!der) {
    throw base::Error(base::Fault::FixConfiguration, "reading a client's certificate",
                      fmt::format("{} holds no certificate (PEM or DER)", file));
  }
  return lower_hex(crypto::openssl::sha256(*der));
}

std::string name_of(const cli::Arguments& arguments) {
  std::string name = arguments.text("NAME");
  if (!is_client_name(name)) {
    used_wrongly("NAME is up to 64 of a-z, 0-9, '.', '-', '_', and holds no citizen's number");
  }
  return name;
}

cli::Exit add_client(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const Client client{name_of(arguments), fingerprint_of(arguments.text("certificate")), arguments.text("role")};
  const Scopes scopes = Scopes::of_register(opened.home.folder());
  if (scopes.rate(client.role) == nullptr)
    used_wrongly(fmt::format("--role is one of: {}", fmt::join(scopes.roles(), ", ")));
  Clients clients(opened.home.folder(), opened.clock);
  return report(clients.add(client), arguments.flag("json"), "client entered");
}

cli::Exit remove_client(const cli::Arguments& arguments) {
  Opened opened(arguments);
  Clients clients(opened.home.folder(), opened.clock);
  base::Findings findings;
  if (!clients.remove(name_of(arguments)))
    findings.fail("CLIENT_UNKNOWN", "name", "No client of this name may speak to the service.");
  return report(findings, arguments.flag("json"), "client removed");
}

cli::Exit list_clients(const cli::Arguments& arguments) {
  Opened opened(arguments);
  json list = json::array();
  for (const Client& client : Clients(opened.home.folder(), opened.clock).list()) {
    list.push_back({{"name", client.name}, {"role", client.role}, {"certificate_sha256", client.certificate_sha256}});
    if (!arguments.flag("json"))
      std::cout << fmt::format("{:<24} {:<24} {}\n", client.name, client.role, client.certificate_sha256);
  }
  if (arguments.flag("json")) std::cout << list.dump() << "\n";
  return cli::Exit::Done;
}

cli::Exit accesses(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  AccessBook book(opened.home.folder(), opened.clock);
  base::SystemRandom random;
  book.keep(local_access(number, "accesses"), random);
  json list = json::array();
  for (const KeptAccess& kept : book.accesses(number)) {
    const Access& a = kept.access;
    list.push_back({{"at", base::to_rfc3339(kept.at)},
                    {"client", a.client},
                    {"role", a.role},
                    {"purpose", a.purpose},
                    {"operation", a.operation},
                    {"attributes", a.attributes},
                    {"case", a.case_id},
                    {"salt", kept.salt},
                    {"commitment", kept.commitment},
                    {"log_index", kept.log_index ? json(*kept.log_index) : json(nullptr)}});
    if (arguments.flag("json")) continue;
    std::cout << fmt::format("{}  {:<24} {:<22} {:<20} {:<10} {}\n", base::to_rfc3339(kept.at), a.client, a.role,
                             a.purpose, a.operation, a.case_id.empty() ? a.attributes : "case " + a.case_id);
  }
  if (arguments.flag("json")) std::cout << list.dump() << "\n";
  return cli::Exit::Done;
}

void with_json(Options& o) {
  declare_data(o);
  cli::add_flag(o, "json", "report as JSON");
}

}  // namespace

void add_client_commands(cli::Program& program) {
  program
      .verb({.name = "client add",
             .summary = "Enters a client of the service: known by its certificate, allowed what its role is.",
             .positional = {"NAME"},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_text(o, "certificate", "the client's TLS certificate, PEM or DER");
                   cli::add_text(o, "role", "a role of scopes.toml: issuing-station, checkpoint, insurance, …");
                 },
             .run = add_client,
             .example = "cccd-registry client add station-001 --certificate station-tls/tls.pem --role issuing-station "
                        "--data registry"})
      .verb({.name = "client remove",
             .summary = "Shuts a client out; its name stays in the book of accesses.",
             .positional = {"NAME"},
             .declare = with_json,
             .run = remove_client,
             .example = "cccd-registry client remove station-001 --data registry"})
      .verb({.name = "client list",
             .summary = "Lists the clients of the service.",
             .positional = {},
             .declare = with_json,
             .run = list_clients,
             .example = "cccd-registry client list --data registry"})
      .verb({.name = "accesses",
             .summary = "Tells a citizen who asked what about a number, when and why.",
             .positional = {"NUMBER"},
             .declare = with_json,
             .run = accesses,
             .example = "cccd-registry accesses 001090990000 --data registry"});
}

}  // namespace registry
