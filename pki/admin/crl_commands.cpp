#include "pki/admin/crl_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/crl_ceremony.h"
#include "pki/admin/report.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/format/crl.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/crl.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace fs = std::filesystem;

nlohmann::json describe_crl(const base::Bytes& der, const std::string& name) {
  try {
    const x509::format::CrlBody body = x509::format::parse_crl(der).body;
    nlohmann::json out{{"issuer", body.issuer.text()},
                       {"this_update", base::to_rfc3339(body.this_update)},
                       {"next_update", base::to_rfc3339(body.next_update)},
                       {"revoked", nlohmann::json::array()}};
    if (const auto* const number = body.find(x509::format::oid::kCrlNumber)) {
      out["number"] = x509::format::parse_crl_number(number->value);
    }
    for (const auto& one : body.revoked) {
      out["revoked"].push_back(
          {{"serial", base::to_hex(one.serial)}, {"revoked_at", base::to_rfc3339(one.revoked_at)}});
    }
    return out;
  } catch (const asn1::Malformed& what) {
    throw base::Error(
        base::Fault::FixConfiguration, "reading the revocation list",
        fmt::format("{}: is no revocation list as Doc 9303-12 profiles it, in DER: {}", name, what.what()));
  }
}

std::string text_of(const nlohmann::json& crl) {
  std::string out;
  for (const char* const key : {"issuer", "this_update", "next_update"}) {
    out += fmt::format("{:<12} {}\n", key, crl[key].get<std::string>());
  }
  if (crl.contains("number")) out += fmt::format("{:<12} {}\n", "number", crl["number"].get<std::int64_t>());
  for (const nlohmann::json& one : crl["revoked"]) {
    out += fmt::format("revoked {} at {}\n", one["serial"].get<std::string>(), one["revoked_at"].get<std::string>());
  }
  return out + fmt::format("{} revoked\n", crl["revoked"].size());
}

std::chrono::days days_of(const cli::Arguments& arguments) {
  if (!arguments.has("days")) return std::chrono::days{30};
  const long days = arguments.number("days");
  if (days >= 2 && days <= x509::issue::kLongestCrl.count()) return std::chrono::days{days};
  throw base::Error(base::Fault::UsedWrongly, "reading --days",
                    fmt::format("a number from 2 to {} is needed", x509::issue::kLongestCrl.count()));
}

cli::Exit run_issue(const cli::Arguments& arguments, const World& world) {
  const fs::path csca = arguments.text("csca");
  const CrlCeremony ceremony{.book = csca / "ca.db",
                             .certificate = arguments.text_or("certificate", (csca / "csca.cer").string()),
                             .key = arguments.text_or("key", (csca / "csca.key").string()),
                             .password = base::read_password_file(arguments.text("csca-password-file"),
                                                                  "reading the password of the CSCA key"),
                             .until_next = days_of(arguments),
                             .out = arguments.text_or("out", (csca / "csca.crl").string())};
  const IssuedCrl issued = issue_crl(ceremony, world);
  if (arguments.flag("json")) {
    nlohmann::json out{{"findings", findings_json(issued.findings)}};
    if (issued.made()) {
      out["crl"] = describe_crl(issued.crl, "crl");
      out["file"] = ceremony.out.string();
      out["published_again"] = issued.published_again;
    }
    std::cout << out.dump() << "\n";
  } else if (issued.made()) {
    std::cout << (issued.published_again ? "published again " : "made ") << ceremony.out.string() << "\n"
              << text_of(describe_crl(issued.crl, "crl"));
  } else {
    std::cout << findings_text(issued.findings) << "nothing was signed\n";
  }
  return issued.made() ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

cli::Exit run_revoke(const cli::Arguments& arguments, const World& world) {
  const std::string text = arguments.text("SERIAL"), reason = arguments.text("reason-text");
  const auto serial = base::parse_hex(text);
  if (!serial || serial->empty()) {
    throw base::Error(base::Fault::UsedWrongly, "reading the command line",
                      fmt::format("'{}' is no serial number in hexadecimal, as cccd-pki show gives it", text));
  }
  for (const base::Bytes& one :
       revoke_certificate(fs::path(arguments.text("csca")) / "ca.db", *serial, reason, world)) {
    std::cout << "revoked " << base::to_hex(one) << "\n";
  }
  std::cout << "issue a list within 48 hours: cccd-pki crl issue\n";
  return cli::Exit::Done;
}

cli::Exit run_show(const cli::Arguments& arguments) {
  const std::string file = arguments.text("FILE");
  const nlohmann::json crl = describe_crl(base::read_file(file, "reading the revocation list"), file);
  std::cout << (arguments.flag("json") ? crl.dump() + "\n" : text_of(crl));
  return cli::Exit::Done;
}

void declare_issue(options_description& to) {
  cli::add_text(to, "csca", "folder of the CSCA (csca.cer, csca.key, ca.db)");
  cli::add_text(to, "csca-password-file", "file whose first line is the password or PIN of the CSCA key");
  cli::add_text(to, "certificate", "certificate of the newest CSCA; csca.cer in its folder when left out");
  cli::add_text(to, "key", "its key: a file, or pkcs11:token=LABEL;object=LABEL; csca.key when left out");
  cli::add_number(to, "days", "in how many days the next list is due, 2 to 90; 30 when left out");
  cli::add_text(to, "out", "file to publish; csca.crl in the CSCA's folder when left out");
  cli::add_flag(to, "json", "answer as one JSON object");
}

}  // namespace

void add_crl_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "crl issue",
                .summary = "Signs and publishes the next revocation list, also when nothing is revoked.",
                .positional = {},
                .declare = declare_issue,
                .run = [&world](const cli::Arguments& arguments) { return run_issue(arguments, world); },
                .example = "cccd-pki crl issue --csca csca --csca-password-file csca.password"});
  program.verb({.name = "crl revoke",
                .summary = "Enters a revocation in the CSCA's book; the next list carries it.",
                .positional = {"SERIAL"},
                .declare =
                    [](options_description& to) {
                      cli::add_text(to, "csca", "folder of the CSCA (ca.db)");
                      cli::add_text(to, "reason-text", "why, for the authority's own book; the list does not say it");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_revoke(arguments, world); },
                .example = "cccd-pki crl revoke 5C0F3B21 --csca csca --reason-text \"key found on a lost laptop\""});
  program.verb({.name = "crl show",
                .summary = "Shows a revocation list (DER; - is standard input).",
                .positional = {"FILE"},
                .declare = [](options_description& to) { cli::add_flag(to, "json", "answer as one JSON object"); },
                .run = run_show,
                .example = "cccd-pki crl show csca/csca.crl"});
}

}  // namespace admin
