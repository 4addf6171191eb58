// Statements about persons as the register keeps them, and the anomaly report over all of them.

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/registry/access_book.h"
#include "issuance/registry/anomaly_report.h"
#include "issuance/registry/attestation_book.h"
#include "issuance/registry/commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace registry {

namespace {

using attestation::Anomaly;
using nlohmann::json;
using Options = boost::program_options::options_description;

constexpr std::chrono::hours kVietNam{7};

cli::Exit add_attestation(const cli::Arguments& arguments) {
  Opened opened(arguments);
  std::string jws = base::read_text_file(arguments.text("FILE"), "reading the officer's statement");
  while (!jws.empty() && (jws.back() == '\n' || jws.back() == '\r')) jws.pop_back();
  const auto key = opened.home.answer_key(
      base::read_password_file(arguments.text("password-file"), "reading the password of the answer key"));
  const auto officers = attestation::OfficerBook::read(opened.home.officers_file());
  Store store = opened.home.store(opened.clock);
  evidence::Log log = evidence::Log::open(opened.home.log_folder(), *key, opened.clock);
  base::SystemRandom random;
  return report(AttestationBook(store, officers, opened.clock).add(jws, log, random), arguments.flag("json"),
                "statement taken in");
}

cli::Exit list_attestations(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const CitizenNumber number = number_of(arguments);
  Store store = opened.home.store(opened.clock);
  base::SystemRandom random;
  AccessBook(arguments.text("data"), opened.clock).keep(local_access(number, "attestations"), random);
  const auto record = store.find(number);
  json list = json::array();
  const auto rows = record ? store.attestations(number, record->source) : std::vector<document::Attested>{};
  for (const document::Attested& a : rows) {
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{}  {:<12}{} {:<16} {:<18} {:<12} {}\n", a.on, a.kind, a.late ? "(late)" : "", a.office,
                               a.force, a.officer, a.evidence);
    }
    list.push_back({{"kind", a.kind},
                    {"late", a.late},
                    {"office", a.office},
                    {"force", a.force},
                    {"officer", a.officer},
                    {"evidence", a.evidence},
                    {"on", a.on},
                    {"statement_sha256", a.statement_sha256}});
  }
  if (arguments.flag("json")) std::cout << json{{"attestations", std::move(list)}}.dump() << "\n";
  return record ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

std::string number_text(std::int64_t number) {
  return fmt::format("{:012}", number);
}

json to_json(const Anomaly& a) {
  json numbers = json::array();
  for (const std::int64_t number : a.references) numbers.push_back(number_text(number));
  // Statements carry no fractions, reports do: rates to a millionth, p-values as text, for they are tiny.
  return {{"measure", a.measure},
          {"unit", a.unit},
          {"who", a.who},
          {"peers", a.peers},
          {"trials", a.trials},
          {"hits", a.hits},
          {"rate", fmt::format("{:.6f}", a.rate)},
          {"peers_rate", fmt::format("{:.6f}", a.peers_rate)},
          {"p", fmt::format("{:.3e}", a.p_value)},
          {"p_adjusted", fmt::format("{:.3e}", a.adjusted)},
          {"numbers", std::move(numbers)}};
}

void print(const attestation::AnomalyReport& report) {
  std::cout << fmt::format(
      "{} statements, {} corrections, {} orders, {} meetings; {} tests, at most {} reports in 1000 raise a "
      "false alarm\n",
      report.confirmations, report.corrections, report.orders, report.meetings, report.tests, report.level * 1000);
  for (const Anomaly& a : report.anomalies) {
    std::cout << fmt::format("{}: {} {} ({}): {} of {} = {:.1f} %, peers {:.1f} %, p = {:.1e}, adjusted {:.1e}\n",
                             a.measure, a.unit, a.who, a.peers, a.hits, a.trials, a.rate * 100, a.peers_rate * 100,
                             a.p_value, a.adjusted);
    for (const std::int64_t number : a.references) std::cout << fmt::format("    {}\n", number_text(number));
  }
  for (const std::string& group : report.unsaid)
    std::cout << fmt::format("nothing is said about {}: too few peers\n", group);
}

// Exit 1 when somebody has to look.
cli::Exit report_anomalies(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const auto start_of = [](base::Date day) { return base::Moment{std::chrono::sys_days{day}} - kVietNam; };
  const base::Moment from =
      arguments.has("from") ? start_of(day_of(arguments, "from")) : start_of(base::make_date(1900, 1, 1));
  const base::Moment until = arguments.has("to") ? start_of(day_of(arguments, "to")) + std::chrono::days{1}
                                                 : opened.clock.now() + std::chrono::days{1};
  Store store = opened.home.store(opened.clock);
  AccessBook accesses(arguments.text("data"), opened.clock);
  const auto officers = attestation::OfficerBook::read(opened.home.officers_file());
  const auto report = anomaly_report(store, accesses, officers, opened.clock, from, until);
  // The numbers behind a figure are shown to the operator: a look at each of those persons.
  std::vector<Access> looks;
  for (const Anomaly& a : report.anomalies) {
    for (const std::int64_t number : a.references) {
      const auto known = CitizenNumber::parse(number_text(number));
      if (known) looks.push_back(local_access(*known, "attestations-report"));
    }
  }
  base::SystemRandom random;
  if (!looks.empty()) accesses.keep(looks, random);
  if (arguments.flag("json")) {
    json anomalies = json::array();
    for (const Anomaly& a : report.anomalies) anomalies.push_back(to_json(a));
    std::cout << json{{"statements", report.confirmations},
                      {"corrections", report.corrections},
                      {"orders", report.orders},
                      {"meetings", report.meetings},
                      {"tests", report.tests},
                      {"level", fmt::format("{}", report.level)},
                      {"anomalies", std::move(anomalies)},
                      {"unsaid", report.unsaid}}
                     .dump()
              << "\n";
  } else {
    print(report);
  }
  return report.anomalies.empty() ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

void with_json(Options& o) {
  declare_data(o);
  cli::add_flag(o, "json", "report as JSON");
}

}  // namespace

void add_attestation_commands(cli::Program& program) {
  program
      .verb({.name = "attestation add",
             .summary = "Takes in a confirming officer's signed statement about a person.",
             .positional = {"FILE"},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
                 },
             .run = add_attestation,
             .example = "cccd-registry attestation add statement.jws --data registry --password-file registry.pw"})
      .verb({.name = "attestation list",
             .summary = "Shows who confirmed what about one person; the look is kept.",
             .positional = {"NUMBER"},
             .declare = with_json,
             .run = list_attestations,
             .example = "cccd-registry attestation list 001090990000 --data registry"})
      .verb({.name = "attestations report",
             .summary = "Names offices, officers and pairs whose confirmations stand out from their peers'.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_text(o, "from", "first day (all unless given)");
                   cli::add_text(o, "to", "last day (today unless given)");
                 },
             .run = report_anomalies,
             .example = "cccd-registry attestations report --from 2026-01-01 --data registry"});
}

}  // namespace registry
