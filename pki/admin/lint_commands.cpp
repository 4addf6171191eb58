#include "pki/admin/lint_commands.h"

#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "pki/admin/ca_book.h"
#include "pki/admin/certify.h"
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

// What --book, --previous-crl and --newest-csca say was issued before.
std::optional<lint::History> history_of(const cli::Arguments& arguments, const base::Bytes& judged) {
  std::optional<lint::History> history;
  if (arguments.has("book")) {
    const base::SystemClock clock;
    const CaBook book(arguments.text("book"), false, clock);
    history = history_of(book);
    for (const CaBook::Entry& entry : book.entries()) {
      if (entry.certificate == judged) std::erase(history->serials, entry.serial);  // its own number
    }
    if (history->previous_crl == judged) history->previous_crl.reset();
  }
  const auto file_of = [&](const char* option) {
    if (!history) history.emplace();
    return base::read_file(arguments.text(option), "reading what was issued before", kLargest);
  };
  if (arguments.has("previous-crl")) {
    base::Bytes file = file_of("previous-crl");
    history->previous_crl = std::move(file);
  }
  if (arguments.has("newest-csca")) {
    const base::Bytes file = file_of("newest-csca");
    history->newest_csca = crypto::openssl::certificate_der(file).value_or(file);
  }
  return history;
}

int number_of(const cli::Arguments& arguments, const char* option) {
  if (!arguments.has(option)) return 0;
  const long number = arguments.number(option);
  if (number > 0 && number <= 65536) return static_cast<int>(number);
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option), "a number from 1 is needed");
}

lint::Policy policy_of(const cli::Arguments& arguments) {
  return {.document_months = number_of(arguments, "document-months"),
          .signer_use_months = number_of(arguments, "signer-use-months"),
          .least_rsa_bits = number_of(arguments, "least-rsa-bits"),
          .least_ec_bits = number_of(arguments, "least-ec-bits"),
          .state_or_province = arguments.text_or("state-or-province", "")};
}

std::optional<base::Date> day_of(const cli::Arguments& arguments, const char* option) {
  if (!arguments.has(option)) return std::nullopt;
  const auto day = base::parse_iso_date(arguments.text(option));
  if (day) return day;
  throw base::Error(base::Fault::UsedWrongly, fmt::format("reading --{}", option), "a day like 2026-11-27 is needed");
}

std::optional<lint::Document> document_of(const cli::Arguments& arguments) {
  const bool told = arguments.has("document-code") || arguments.has("document-state") ||
                    arguments.has("document-expires") || arguments.has("document-issued");
  if (!told) return std::nullopt;
  return lint::Document{arguments.text_or("document-code", ""), arguments.text_or("document-state", ""),
                        day_of(arguments, "document-expires"), day_of(arguments, "document-issued")};
}

// --data-group 1=EF_DG1.bin, several times; nullopt: none was given.
std::optional<std::map<int, base::Bytes>> data_groups_of(const cli::Arguments& arguments) {
  if (!arguments.has("data-group")) return std::nullopt;
  std::map<int, base::Bytes> groups;
  for (const std::string& text : arguments.texts("data-group")) {
    const std::size_t sign = text.find('=');
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min(sign, text.size()), number);
    const bool good = sign != std::string::npos && error == std::errc{} && end == text.data() + sign && number >= 1 &&
                      number <= 16 && !groups.contains(number);
    if (!good) {
      throw base::Error(base::Fault::UsedWrongly, "reading --data-group",
                        fmt::format("'{}' is not NUMBER=FILE with a number from 1 to 16, each once", text));
    }
    groups[number] = base::read_file(text.substr(sign + 1), "reading a data group", kLargest);
  }
  return groups;
}

cli::Exit run_lint(const cli::Arguments& arguments) {
  if (arguments.flag("rules")) return list_rules(arguments.flag("json"));
  const base::Bytes file = base::read_file(arguments.text("FILE"), "reading what is to be judged", kLargest);
  const base::Bytes issuer = issuer_of(arguments);
  const auto history = history_of(arguments, file);
  const auto document = document_of(arguments);
  const auto data_groups = data_groups_of(arguments);
  const lint::Policy policy = policy_of(arguments);
  lint::Context context{.issuer = issuer,
                        .history = history ? &*history : nullptr,
                        .policy = &policy,
                        .as_of = arguments.moment("as-of"),
                        .data_groups = data_groups ? &*data_groups : nullptr,
                        .document = document ? &*document : nullptr};
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
  cli::add_text(to, "book", "ca.db of the issuer: what it issued before, for rules that look back");
  cli::add_text(to, "previous-crl", "the CRL before this one");
  cli::add_text(to, "newest-csca", "certificate of the issuer's newest CSCA key");
  cli::add_number(to, "document-months", "policy: longest validity of a document");
  cli::add_number(to, "signer-use-months", "policy: how long a signer's key is used");
  cli::add_number(to, "least-rsa-bits", "policy: shortest RSA key");
  cli::add_number(to, "least-ec-bits", "policy: shortest EC key");
  cli::add_text(to, "state-or-province", "policy: the authority's code where States share the code of the MRZ");
  cli::add_texts(to, "data-group", "NUMBER=FILE: a data group beside an EF.SOD, to be held against it; several times");
  cli::add_text(to, "document-code", "of an EF.SOD's document: how its MRZ begins (ID)");
  cli::add_text(to, "document-state", "of an EF.SOD's document: issuing State in its MRZ (VNM)");
  cli::add_text(to, "document-expires", "of an EF.SOD's document: its last day");
  cli::add_text(to, "document-issued", "of an EF.SOD's document: its first day");
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
