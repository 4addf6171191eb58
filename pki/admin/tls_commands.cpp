#include "pki/admin/tls_commands.h"

#include <fmt/format.h>

#include "pki/admin/report.h"
#include "pki/admin/tls_ceremony.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace issue = x509::issue;

void declare_ceremony(options_description& to) {
  cli::add_text(to, "out", "folder to write into; made when missing");
  cli::add_text(to, "password-file", "file whose first line is the password of the new key");
  cli::add_number(to, "days", "how long the certificate is valid; the profile says when left out");
  cli::add_text(to, "profile", "TLS profile (TOML); the shipped one when left out");
  cli::add_flag(to, "json", "answer as one JSON object");
}

void declare_ca(options_description& to) {
  cli::add_text(to, "subject", "name of the authority, such as 'C=VN,O=TEST,CN=Test TLS CA'");
  declare_ceremony(to);
}

void declare_issue(options_description& to) {
  cli::add_text(to, "ca", "folder of the authority (ca.pem, ca.key, ca.db)");
  cli::add_text(to, "ca-password-file", "file whose first line is the password of the authority's key");
  cli::add_texts(to, "server", "a name or address under which clients reach this server; may be given several times");
  cli::add_text(to, "client", "account name of a client");
  declare_ceremony(to);
}

[[noreturn]] void used_wrongly(const char* option, const std::string& seen) {
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option), seen);
}

TlsCeremony ceremony_of(const cli::Arguments& arguments) {
  TlsCeremony ceremony{arguments.text("out"),
                       base::read_password_file(arguments.text("password-file"), "reading the password of the new key"),
                       issue::shipped_tls_profile(),
                       {}};
  if (arguments.has("profile")) {
    const std::string file = arguments.text("profile");
    ceremony.profile = issue::parse_tls_profile(base::read_text_file(file, "reading the TLS profile"), file);
  }
  if (arguments.has("days")) {
    const long days = arguments.number("days");
    if (days < 1 || days > issue::kMostTlsDays) {
      used_wrongly("days", fmt::format("a number from 1 to {} is needed", issue::kMostTlsDays));
    }
    ceremony.days = static_cast<int>(days);
  }
  return ceremony;
}

issue::TlsHolder holder_of(const cli::Arguments& arguments) {
  issue::TlsHolder holder;
  if (arguments.has("server") == arguments.has("client")) {
    used_wrongly("server", "either --server NAME, once or more, or --client NAME is needed");
  }
  if (arguments.has("client")) {
    holder.client_name = arguments.text("client");
    if (!issue::is_client_name(holder.client_name)) {
      used_wrongly("client", "an account has 1 to 64 of A-Z a-z 0-9 . _ -");
    }
    return holder;
  }
  for (const std::string& text : arguments.texts("server")) {
    const auto name = issue::server_name_from_text(text);
    if (!name) used_wrongly("server", fmt::format("'{}' is neither a host name nor an IP address", text));
    holder.server_names.push_back(*name);
  }
  return holder;
}

cli::Exit run_ca(const cli::Arguments& arguments, const World& world) {
  TlsCeremony ceremony = ceremony_of(arguments);
  if (arguments.has("subject")) {
    const auto name = x509::format::name_from_text(arguments.text("subject"));
    if (!name) used_wrongly("subject", "it is no name; write it like C=VN,O=TEST,CN=Test TLS CA");
    ceremony.profile.authority.subject = *name;
  }
  const Issued issued = create_tls_authority(ceremony, world);
  return report(issued, {ceremony.out / "ca.pem", ceremony.out / "ca.key", ceremony.out / "ca.db"},
                arguments.flag("json"));
}

cli::Exit run_issue(const cli::Arguments& arguments, const World& world) {
  const issue::TlsHolder holder = holder_of(arguments);
  const TlsCeremony ceremony = ceremony_of(arguments);
  const base::Secret password =
      base::read_password_file(arguments.text("ca-password-file"), "reading the password of the authority's key");
  const Issued issued = issue_tls(ceremony, arguments.text("ca"), password, holder, world);
  return report(issued, {ceremony.out / "tls.pem", ceremony.out / "tls.key"}, arguments.flag("json"));
}

}  // namespace

void add_tls_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "tls ca",
                .summary = "Makes an authority for TLS between programs: ca.pem, ca.key and ca.db.",
                .positional = {},
                .declare = declare_ca,
                .run = [&world](const cli::Arguments& arguments) { return run_ca(arguments, world); },
                .example = "cccd-pki tls ca --out tls-ca --password-file tls-ca.password"});
  program.verb({.name = "tls issue",
                .summary = "Makes a server or a client known by a TLS authority: tls.pem and tls.key.",
                .positional = {},
                .declare = declare_issue,
                .run = [&world](const cli::Arguments& arguments) { return run_issue(arguments, world); },
                .example = "cccd-pki tls issue --ca tls-ca --ca-password-file tls-ca.password --server 127.0.0.1 "
                           "--out registry-tls --password-file registry-tls.password"});
}

}  // namespace admin
