#include "pki/admin/masterlist_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/masterlist_show.h"
#include "pki/admin/report.h"
#include "pki/admin/show.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/keystore/signing_key.h"
#include "pki/masterlist/issue/master_list.h"

namespace admin {

namespace {

using boost::program_options::options_description;
using masterlist::judge::MasterList;

MasterList read_list(const std::string& file) {
  return masterlist::judge::read(base::read_file(file, "reading the master list"));
}

void print(const nlohmann::json& value) {
  std::cout << value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

cli::Exit answer(const MasterList& list, const base::Findings& findings, const cli::Arguments& arguments) {
  if (arguments.flag("json")) {
    print(describe(list, findings));
  } else {
    std::cout << describe_text(list, findings);
  }
  return findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

cli::Exit run_show(const cli::Arguments& arguments) {
  const MasterList list = read_list(arguments.text("FILE"));
  return answer(list, list.findings, arguments);
}

cli::Exit run_verify(const cli::Arguments& arguments, const World& world) {
  const base::Moment as_of = arguments.moment("as-of").value_or(world.clock.now());
  trust::TrustStore anchors;
  base::Findings findings;
  for (const std::string& file : arguments.texts("csca")) {
    findings.add(anchors.offer_anchors(base::read_file(file, "loading the CSCA certificate"), file));
  }
  const MasterList list = read_list(arguments.text("FILE"));
  findings.add(list.findings);
  findings.add(masterlist::judge::judge_signer(list, anchors, as_of));
  findings.add(masterlist::judge::judge_entries(list, as_of));
  return answer(list, findings, arguments);
}

cli::Exit run_diff(const cli::Arguments& arguments) {
  const MasterList before = read_list(arguments.text("OLD")), after = read_list(arguments.text("NEW"));
  base::Findings findings = before.findings;
  findings.add(after.findings);
  const auto difference = masterlist::judge::difference(before, after);
  if (arguments.flag("json")) {
    nlohmann::json out = describe(difference);
    out["findings"] = findings_json(findings);
    print(out);
  } else {
    std::cout << describe_text(difference) << findings_text(findings);
  }
  return findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

base::Bytes certificate_in(const std::string& file) {
  return certificate_of(base::read_file(file, "reading the certificate", 1U << 20), file);
}

// The CSCA among those listed whose subject is the signer's issuer; lint() says so when there is none.
base::Bytes csca_of(const base::Bytes& signer, const std::vector<base::Bytes>& certificates) {
  const std::string issuer = describe(signer)["issuer"];
  base::Bytes found;
  for (const base::Bytes& one : certificates) {
    if (describe(one)["subject"] != issuer) continue;
    found = one;
    if (describe(one)["issuer"] == issuer) break;  // a root rather than a link
  }
  return found;
}

cli::Exit run_create(const cli::Arguments& arguments, const World& world) {
  const std::string out = arguments.text("out");
  masterlist::issue::Order order{.signer = certificate_in(arguments.text("signer")), .now = world.clock.now()};
  for (const std::string& file : arguments.texts("csca")) order.certificates.push_back(certificate_in(file));
  order.csca = csca_of(order.signer, order.certificates);
  auto linted = masterlist::issue::lint(order);
  if (const auto* const findings = std::get_if<base::Findings>(&linted)) {
    std::cout << findings_text(*findings) << "nothing was signed\n";
    return cli::Exit::NotAcceptable;
  }
  auto& permit = std::get<masterlist::issue::LintedMasterList>(linted);
  const base::Findings remarks = permit.remarks();
  const auto key = keystore::open(
      arguments.text("key"),
      base::read_password_file(arguments.text("password-file"), "reading the password of the signer's key"));
  base::write_new_file(out, masterlist::issue::sign(std::move(permit), *key), "writing the master list");
  std::cout << findings_text(remarks) << "made " << out << "\n";
  return cli::Exit::Done;
}

void declare_create(options_description& to) {
  cli::add_texts(to, "csca", "CSCA certificate to list, DER or PEM; may be given several times");
  cli::add_text(to, "signer", "certificate of the master list signer, DER or PEM; its CSCA is among those listed");
  cli::add_text(to, "key", "the signer's key: a file, or pkcs11:token=LABEL;object=LABEL");
  cli::add_text(to, "password-file", "file whose first line is the key's password or PIN");
  cli::add_text(to, "out", "file to write; it must not be there");
}

void declare_json(options_description& to) {
  cli::add_flag(to, "json", "answer as one JSON object (docs/formats/master-list.md)");
}

}  // namespace

void add_masterlist_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "masterlist create",
                .summary = "Signs a list of CSCA certificates.",
                .positional = {},
                .declare = declare_create,
                .run = [&world](const cli::Arguments& arguments) { return run_create(arguments, world); },
                .example = "cccd-pki masterlist create --csca csca/csca.cer --signer mls/mls.cer --key mls/mls.key "
                           "--password-file mls.password --out vietnam.ml"});
  program.verb({.name = "masterlist show",
                .summary = "Shows who stands in a master list of any State, and checks its signature.",
                .positional = {"FILE"},
                .declare = declare_json,
                .run = run_show,
                .example = "cccd-pki masterlist show DE_ML.ml"});
  program.verb({.name = "masterlist verify",
                .summary = "Judges a master list: its signature, its signer and every certificate in it.",
                .positional = {"FILE"},
                .declare =
                    [](options_description& to) {
                      cli::add_texts(to, "csca", "CSCA of the State that signed it; may be given several times");
                      cli::add_text(to, "as-of", "judge as of this day (2026-03-01) or moment; now when left out");
                      declare_json(to);
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_verify(arguments, world); },
                .example = "cccd-pki masterlist verify DE_ML.ml --csca csca-germany.cer"});
  program.verb({.name = "masterlist diff",
                .summary = "Says who came, who went and which fields changed between two master lists.",
                .positional = {"OLD", "NEW"},
                .declare = declare_json,
                .run = run_diff,
                .example = "cccd-pki masterlist diff DE_ML_2024.ml DE_ML_2025.ml"});
}

}  // namespace admin
