#include "pki/admin/dv_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/cvc_show.h"
#include "pki/admin/dv_service.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/core/log.h"
#include "pki/base/net/https_client.h"
#include "pki/base/net/https_server.h"
#include "pki/base/net/serving.h"
#include "pki/cvc/format/fields.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/judge/signature.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace fs = std::filesystem;
namespace format = cvc::format;

base::Secret password_of(const cli::Arguments& arguments, const char* option) {
  return base::read_password_file(arguments.text(option), fmt::format("reading the password of --{}", option));
}

net::TlsIdentity identity_of(const cli::Arguments& arguments) {
  const fs::path folder = arguments.text("tls");
  return net::TlsIdentity::from_files(folder / "tls.pem", folder / "tls.key",
                                      password_of(arguments, "tls-password-file"));
}

// The log's own key: P-256, in the DV's folder under the DV's password; made when the service first starts.
std::unique_ptr<keystore::SigningKey> log_key(const fs::path& folder, const base::Secret& secret,
                                              base::Random& random) {
  const fs::path file = folder / "log.key";
  if (fs::exists(file)) return keystore::load_file(file, secret);
  keystore::generate_into_file(keystore::Curve::P256, file, secret, random);
  auto key = keystore::load_file(file, secret);
  base::write_file(folder / "log.pub.der", key->public_key_named(), "writing the log's public key");
  return key;
}

void declare_serve(options_description& to) {
  cli::add_text(to, "dv", "folder of the DV (dv.cvcert, dv.key, ca.db)");
  cli::add_text(to, "dv-password-file", "file whose first line is the password (or PIN) of its key");
  cli::add_text(to, "dv-key", "address of its key when that is not the file in the folder");
  cli::add_text(to, "readers", "the enrolment list (TOML)");
  cli::add_text(to, "listen", "address and port, 127.0.0.1:7444; port 0 takes a free one");
  cli::add_text(to, "tls", "folder of the service's tls.pem and tls.key");
  cli::add_text(to, "tls-password-file", "file whose first line is the password of tls.key");
  cli::add_text(to, "client-ca", "certificate of the authority that signs the readers' TLS certificates");
  cli::add_text(to, "ready-file", "written once the port is open: the process id, then the URL in a line of its own");
}

cli::Exit run_serve(const cli::Arguments& arguments, const World& world) {
  const net::StopSignals stop;
  net::hide_memory();
  const fs::path folder = arguments.text("dv");
  const base::Secret secret = password_of(arguments, "dv-password-file");
  const CvAuthority authority = open_cv_authority(folder, "dv", arguments.text_or("dv-key", ""), secret);
  const auto statement_key = log_key(folder, secret, world.random);
  evidence::Log log = evidence::Log::open(folder / "log", *statement_key, world.clock);
  DvService service(authority, arguments.text("readers"), log, world);
  net::HttpsServer server(
      arguments.text("listen"), identity_of(arguments), net::TlsAuthorities::from_file(arguments.text("client-ca")),
      net::HttpsLimits{}, [&](const net::HttpRequest& request) { return service.handle(request); }, world.clock);
  net::Readiness ready("cccd-pki", arguments.text_or("ready-file", ""));
  ready.tell(server.url());
  server.run(stop.descriptor());
  base::log::info("stopped by a signal");
  return cli::Exit::Done;
}

void declare_renew(options_description& to) {
  cli::add_text(to, "url", "of the DV's service, https://host:port");
  cli::add_text(to, "is", "folder of the certificate in use (is.cvcert, is.key)");
  cli::add_text(to, "is-password-file", "file whose first line is the password of its key");
  cli::add_text(to, "out", "folder for the new one; asked again with the request that is there already");
  cli::add_text(to, "password-file", "file whose first line is the password of the new key");
  cli::add_text(to, "tls", "folder of the reader's tls.pem and tls.key");
  cli::add_text(to, "tls-password-file", "file whose first line is the password of tls.key");
  cli::add_text(to, "server-ca", "certificate of the authority that signs the service's TLS certificate");
  cli::add_flag(to, "json", "answer as one JSON object");
}

// The request in `out`, made now unless one is there that was not answered.
base::Bytes renewal_request(const fs::path& out, const CvAuthority& current, const base::Secret& secret,
                            const World& world) {
  const fs::path file = out / "is.cvreq";
  if (fs::exists(file)) return base::read_file(file, "reading the request", 64U << 10);
  const auto reference = format::split_reference(current.certificate.body.holder);
  const auto next = reference ? format::successor(*reference) : std::nullopt;
  if (!next) {
    throw base::Error(
        base::Fault::FixConfiguration, "renewing a certificate",
        fmt::format("{} has no successor; ask for a certificate under another name", current.certificate.body.holder));
  }
  return request_cv({out, "", base::Secret::copy_of(secret.reveal()), next->text()}, "is",
                    current.certificate.body.authority, current.key->curve(), &current, world);
}

struct Renewed {
  format::Certificate certificate, issuer;
};

// What came back is for our key, under our name, and signed by the DV that came with it.
Renewed accept_answer(const std::string& body, const format::Request& request) {
  const auto refuse = [](const std::string& seen) {
    throw base::Error(base::Fault::TreatAsAttack, "renewing a certificate", seen);
  };
  const auto json = nlohmann::json::parse(body, nullptr, false);
  const auto part = [&](const char* name) -> base::Bytes {
    if (!json.is_object() || !json.contains(name) || !json[name].is_string()) return {};
    return base::parse_base64url(json[name].get<std::string>()).value_or(base::Bytes{});
  };
  try {
    Renewed renewed{format::parse_certificate(part("certificate")), format::parse_certificate(part("issuer"))};
    const format::Body& mine = renewed.certificate.body;
    if (mine.holder != request.holder || mine.key.point != request.key.point ||
        mine.key.modulus != request.key.modulus) {
      refuse("the answer is a certificate for another key or name; nothing was written");
    }
    const cvc::judge::VerifyingKey issuer(format::with_parameters(renewed.issuer.body.key, request.key));
    if (!issuer.verifies(renewed.certificate.signed_part, renewed.certificate.signature)) {
      refuse("the answer is not signed by the DV it names; nothing was written");
    }
    return renewed;
  } catch (const asn1::Malformed& what) {
    throw base::Error(base::Fault::AskOperator, "renewing a certificate",
                      fmt::format("the service answers with what is no certificate: {}", what.what()));
  }
}

cli::Exit run_renew(const cli::Arguments& arguments, const World& world) {
  const fs::path out = arguments.text("out");
  if (fs::exists(out / "is.cvcert")) {
    throw base::Error(base::Fault::FixConfiguration, "renewing a certificate",
                      fmt::format("{}: holds a certificate already; choose another folder", out.string()));
  }
  const CvAuthority current =
      open_cv_authority(arguments.text("is"), "is", "", password_of(arguments, "is-password-file"));
  const base::Bytes request = renewal_request(out, current, password_of(arguments, "password-file"), world);
  net::HttpsClient client(arguments.text("url"), identity_of(arguments),
                          net::TlsAuthorities::from_file(arguments.text("server-ca")), world.clock);
  const net::HttpResponse answer =
      client.ask("POST", "/v1/is-certificates", base::text_of(request), "application/octet-stream");
  if (answer.status != 200) {
    const auto problem = nlohmann::json::parse(answer.body, nullptr, false);
    const auto said = [&](const char* name) {
      return problem.is_object() && problem.contains(name) && problem[name].is_string()
                 ? problem[name].get<std::string>()
                 : std::string("?");
    };
    std::cout << (arguments.flag("json") ? nlohmann::json{{"code", said("code")}, {"detail", said("detail")}}.dump()
                                         : fmt::format("not renewed: {}: {}", said("code"), said("detail")))
              << "\n";
    return answer.status >= 500 ? cli::Exit::Failed : cli::Exit::NotAcceptable;
  }
  const Renewed renewed = accept_answer(answer.body, format::parse_request(request));
  base::write_file(out / "dv.cvcert", renewed.issuer.whole, "writing the DV's certificate");
  base::write_new_file(out / "is.cvcert", renewed.certificate.whole, "writing the certificate");
  const nlohmann::json described = describe_cv(renewed.certificate);
  std::cout << (arguments.flag("json") ? described.dump() + "\n" : cv_text(described));
  return cli::Exit::Done;
}

}  // namespace

void add_dv_service_verbs(cli::Program& program, const World& world) {
  program.verb(
      {.name = "dv serve",
       .summary = "Renews the certificates of enrolled readers over HTTPS with mutual TLS until it is stopped.",
       .positional = {},
       .declare = declare_serve,
       .run = [&world](const cli::Arguments& arguments) { return run_serve(arguments, world); },
       .example = "cccd-pki dv serve --dv dv --dv-password-file dv.password --readers readers.toml --listen "
                  "127.0.0.1:7444 --tls dv-tls --tls-password-file dv-tls.password --client-ca tls-ca/ca.pem"});
  program.verb({.name = "is renew",
                .summary = "Renews an inspection system's certificate at its DV's service.",
                .positional = {},
                .declare = declare_renew,
                .run = [&world](const cli::Arguments& arguments) { return run_renew(arguments, world); },
                .example =
                    "cccd-pki is renew --url https://dv.example:7444 --is is --is-password-file is.password --out "
                    "is-2 --password-file is-2.password --tls gate-tls --tls-password-file gate-tls.password "
                    "--server-ca tls-ca/ca.pem"});
}

}  // namespace admin
