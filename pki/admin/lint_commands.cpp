#include "pki/admin/lint_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/lint/rule.h"

namespace admin {

namespace {

using boost::program_options::options_description;
using nlohmann::json;

constexpr std::size_t kLargest = 64U << 20;  // octets; master lists have some megabytes

json rules_json() {
  json all = json::array();
  for (const lint::Rule& rule : lint::rules()) {
    all.push_back({{"id", rule.id},
                   {"objects", lint::kind_names(rule.kinds)},
                   {"on_write", base::severity_name(rule.on_write)},
                   {"on_read", base::severity_name(rule.on_read)},
                   {"not_in_sixth_edition", rule.not_in_sixth},
                   {"clause", rule.clause},
                   {"text", rule.text}});
  }
  return all;
}

cli::Exit list_rules(bool as_json) {
  if (as_json) {
    std::cout << json{{"rules", rules_json()}}.dump() << "\n";
    return cli::Exit::Done;
  }
  for (const lint::Rule& rule : lint::rules()) {
    std::cout << fmt::format("{:<32} {} ({})\n", rule.id, rule.text, rule.clause);
  }
  return cli::Exit::Done;
}

json findings_json(const base::Findings& findings) {
  json out = json::array();
  for (const base::Finding& finding : findings.list()) {
    out.push_back({{"code", finding.code},
                   {"severity", base::severity_name(finding.severity)},
                   {"where", finding.where},
                   {"text", finding.text}});
  }
  return out;
}

base::Bytes issuer_of(const cli::Arguments& arguments) {
  if (!arguments.has("issuer")) return {};
  base::Bytes file = base::read_file(arguments.text("issuer"), "reading the issuer's certificate", 1U << 20);
  // What is no X.509 certificate is left as it is: a CV certificate, or a broken one that rules still compare with.
  return crypto::openssl::certificate_der(file).value_or(file);
}

cli::Exit run_lint(const cli::Arguments& arguments) {
  if (arguments.flag("rules")) return list_rules(arguments.flag("json"));
  const base::Bytes file = base::read_file(arguments.text("FILE"), "reading what is to be judged", kLargest);
  const base::Bytes issuer = issuer_of(arguments);
  lint::Context context{.issuer = issuer, .as_of = arguments.moment("as-of")};
  if (arguments.has("kind")) {
    context.kind = lint::kind_of_name(arguments.text("kind"));
    if (!context.kind) {
      throw base::Error(base::Fault::UsedWrongly, "reading --kind",
                        fmt::format("'{}' is no kind of object; see the man page", arguments.text("kind")));
    }
  }
  if (arguments.flag("before-signing")) context.purpose = lint::Purpose::Write;
  const base::Findings findings = lint::lint(file, context);
  if (arguments.flag("json")) {
    std::cout << json{{"findings", findings_json(findings)}, {"acceptable", !findings.failed()}}.dump() << "\n";
  } else {
    for (const base::Finding& finding : findings.list()) {
      std::cout << fmt::format("{} {} ({}): {}\n", base::severity_name(finding.severity), finding.code, finding.where,
                               finding.text);
    }
    if (findings.empty()) std::cout << "no rule is broken\n";
  }
  return findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

void declare(options_description& to) {
  cli::add_text(to, "issuer", "certificate of the issuer (DER or PEM; of an EF.SOD its CSCA), for rules that need it");
  cli::add_text(to, "as-of", "day or moment at which validity is judged");
  cli::add_text(to, "kind", "what the file is (csca, csca-link, ds, crl, sod, …); told from the file when left out");
  cli::add_flag(to, "before-signing", "judge with the severities for what is about to be signed");
  cli::add_flag(to, "rules", "list the rules instead");
  cli::add_flag(to, "json", "answer as one JSON object");
}

}  // namespace

void add_lint_verb(cli::Program& program) {
  program.verb({.name = "lint",
                .summary = "Judges a certificate, CRL, EF.SOD, list or CV certificate by the rules of Doc 9303.",
                .positional = {"FILE"},
                .declare = declare,
                .run = run_lint,
                .example = "cccd-pki lint ds.cer --issuer csca.cer"});
}

}  // namespace admin
