#include "pki/admin/commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/calendar_commands.h"
#include "pki/admin/ceremony_commands.h"
#include "pki/admin/crl_commands.h"
#include "pki/admin/cvc_commands.h"
#include "pki/admin/drill_commands.h"
#include "pki/admin/key_commands.h"
#include "pki/admin/lint_commands.h"
#include "pki/admin/masterlist_commands.h"
#include "pki/admin/pack_commands.h"
#include "pki/admin/report.h"
#include "pki/admin/show.h"
#include "pki/admin/status_commands.h"
#include "pki/admin/tls_commands.h"
#include "pki/admin/trust_commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

using boost::program_options::options_description;

void declare_ceremony(options_description& to) {
  cli::add_text(to, "out", "folder to write into; made when missing");
  cli::add_text(to, "password-file", "file whose first line is the password of the new key, or the token's PIN");
  cli::add_text(to, "key", "where the new key is made: a file, or pkcs11:token=…;object=… (default: a file in --out)");
  cli::add_text(to, "subject", "name of the new certificate, such as 'C=VN,O=TEST,CN=Test CSCA'");
  cli::add_text(to, "profile", "certificate profile (TOML); the shipped one when left out");
  cli::add_number(to, "card-validity-years",
                  "longest run of a card that ends; computed from the profile's table when left out");
  cli::add_flag(to, "json", "answer as one JSON object");
}

x509::format::Name subject_of(const cli::Arguments& arguments) {
  const std::string text = arguments.text("subject");
  const auto name = x509::format::name_from_text(text);
  if (name) return *name;
  throw base::Error(base::Fault::UsedWrongly, "reading --subject",
                    fmt::format("'{}' is no name; write it like C=VN,O=TEST,CN=Test CSCA", text));
}

int years_of(const cli::Arguments& arguments) {
  const long years = arguments.number("card-validity-years");
  if (years >= 1 && years <= 100) return static_cast<int>(years);
  throw base::Error(base::Fault::UsedWrongly, "reading --card-validity-years", "a number from 1 to 100 is needed");
}

Ceremony ceremony_of(const cli::Arguments& arguments) {
  Ceremony ceremony{arguments.text("out"),
                    base::read_password_file(arguments.text("password-file"), "reading the password of the new key"),
                    x509::issue::shipped_profile(),
                    {}};
  if (arguments.has("profile")) {
    const std::string file = arguments.text("profile");
    ceremony.profile = x509::issue::parse_profile(base::read_text_file(file, "reading the certificate profile"), file);
  }
  if (arguments.has("key")) ceremony.key_address = arguments.text("key");
  if (arguments.has("card-validity-years")) ceremony.card_validity_years = years_of(arguments);
  return ceremony;
}

std::filesystem::path key_of(const Ceremony& ceremony, const char* file) {
  return ceremony.key_address.empty() ? ceremony.out / file : std::filesystem::path(ceremony.key_address);
}

cli::Exit run_csca_create(const cli::Arguments& arguments, const World& world) {
  Ceremony ceremony = ceremony_of(arguments);
  if (arguments.has("subject")) ceremony.profile.csca_subject = subject_of(arguments);
  const Issued issued = create_csca(ceremony, world);
  return report(issued, {ceremony.out / "csca.cer", key_of(ceremony, "csca.key"), ceremony.out / "ca.db"},
                arguments.flag("json"));
}

cli::Exit run_ds_issue(const cli::Arguments& arguments, const World& world) {
  Ceremony ceremony = ceremony_of(arguments);
  if (arguments.has("subject")) ceremony.profile.signer_subject = subject_of(arguments);
  const base::Secret csca_password =
      base::read_password_file(arguments.text("csca-password-file"), "reading the password of the CSCA key");
  const Issued issued =
      issue_document_signer(ceremony, arguments.text("csca"), csca_password, world, arguments.text_or("csca-key", ""),
                            arguments.text_or("csca-certificate", ""));
  return report(issued, {ceremony.out / "ds.cer", key_of(ceremony, "ds.key")}, arguments.flag("json"));
}

cli::Exit run_show(const cli::Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const base::Bytes certificate =
      certificate_of(base::read_file(file, "reading the certificate", 1U << 20), file == "-" ? "standard input" : file);
  if (arguments.flag("json")) {
    std::cout << describe(certificate).dump() << "\n";
  } else {
    std::cout << describe_text(certificate);
  }
  return cli::Exit::Done;
}

}  // namespace

cli::Program make_program(const World& world) {
  cli::Program program("cccd-pki", "Makes and shows the certificates behind the identity card.",
                       "cccd-pki csca create --out csca --password-file csca.password");
  program.verb({.name = "csca create",
                .summary = "Makes a self-signed CSCA: csca.cer, csca.key and ca.db.",
                .positional = {},
                .declare = declare_ceremony,
                .run = [&world](const cli::Arguments& arguments) { return run_csca_create(arguments, world); },
                .example = "cccd-pki csca create --out csca --password-file csca.password"});
  program.verb({.name = "ds issue",
                .summary = "Makes a document signer certified by a CSCA: ds.cer and ds.key.",
                .positional = {},
                .declare =
                    [](options_description& to) {
                      cli::add_text(to, "csca", "folder of the CSCA (csca.cer, csca.key, ca.db)");
                      cli::add_text(to, "csca-password-file", "file whose first line is the password of the CSCA key");
                      cli::add_text(to, "csca-certificate",
                                    "certificate of the newest CSCA; csca.cer in its folder when left out");
                      cli::add_text(to, "csca-key", "the CSCA key's file or pkcs11: address (default: its csca.key)");
                      declare_ceremony(to);
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_ds_issue(arguments, world); },
                .example = "cccd-pki ds issue --csca csca --csca-password-file csca.password --out ds "
                           "--password-file ds.password"});
  program.verb({.name = "show",
                .summary = "Shows a certificate (DER or PEM; - is standard input).",
                .positional = {"FILE"},
                .declare = [](options_description& to) { cli::add_flag(to, "json", "answer as one JSON object"); },
                .run = run_show,
                .example = "cccd-pki show csca/csca.cer"});
  add_crl_verbs(program, world);
  add_key_verbs(program, world);
  add_masterlist_verbs(program, world);
  add_pack_verbs(program, world);
  add_ceremony_verbs(program, world);
  add_tls_verbs(program, world);
  add_trust_verbs(program, world);
  add_cvc_verbs(program, world);
  add_lint_verb(program);
  add_calendar_verb(program, world);
  add_drill_verbs(program, world);
  add_status_verbs(program, world);
  return program;
}

}  // namespace admin
