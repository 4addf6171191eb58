#include "pki/admin/ceremony_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/ceremony_approval.h"
#include "pki/admin/ceremony_minutes.h"
#include "pki/admin/new_files.h"
#include "pki/admin/report.h"
#include "pki/admin/spoken_hash.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/x509/issue/issue.h"
#include "pki/x509/issue/signatory.h"

namespace admin {

namespace {

using boost::program_options::options_description;
namespace fs = std::filesystem;

base::Secret password(const cli::Arguments& arguments) {
  return base::read_password_file(arguments.text("password-file"), "reading the password of the custodian's key");
}

cli::Exit run_custodian(const cli::Arguments& arguments, const World& world) {
  constexpr std::string_view kDoing = "making a custodian's key";
  const fs::path out = arguments.text("out");
  const std::string name = arguments.text("name");
  const fs::path certificate = out / (name + ".cer");
  refuse_if_there(certificate, kDoing);
  refuse_if_there(out / (name + ".key"), kDoing);
  const auto profile = x509::issue::read_signatory_profile(arguments.text_or("profile", ""));
  make_folder(out, kDoing);
  const base::Secret secret = password(arguments);
  NewKey key(keystore::KeyKind::P256, (out / (name + ".key")).string(), secret, world.random);
  base::write_new_file(
      certificate,
      x509::issue::issue_officer_certificate(profile.custodian, key.key(), name, world.clock.now(), world.random),
      kDoing);
  key.keep();
  std::cout << "made " << certificate.string() << "\nmade " << (out / (name + ".key")).string() << "\n";
  return cli::Exit::Done;
}

// What is approved, file by file, and its hash to be read aloud.
std::string whole_text(const Plan& plan) {
  std::string text = fmt::format("{} the plan\n", plan.sha256);
  for (const ReadFile& one : plan.reads) {
    text += fmt::format("{} {} {}: {}\n", one.sha256, one.what, one.name,
                        one.file.empty() ? "the shipped one" : one.file.string());
  }
  return text +
         fmt::format("what is approved, the whole:\n{}\n{}\n", in_groups(plan.whole_sha256), spoken(plan.whole_sha256));
}

cli::Exit run_approve(const cli::Arguments& arguments, const World& world) {
  const Plan plan = read_plan(arguments.text("plan"));
  const auto key = keystore::open(arguments.text("key"), password(arguments));
  const std::string statement = approve_plan(plan, arguments.text("name"), *key, world.clock.now(), world.random);
  base::write_new_file(arguments.text("out"), base::view_of(statement), "writing the approval");
  std::cout << fmt::format("{}: {}\n{}", plan.name, plan.purpose, whole_text(plan));
  return cli::Exit::Done;
}

// more: further members of the JSON.
cli::Exit tell(const Performed& performed, std::string_view done, bool as_json,
               nlohmann::json more = nlohmann::json::object()) {
  if (as_json) {
    nlohmann::json out = std::move(more);
    out["findings"] = findings_json(performed.findings);
    out["files"] = nlohmann::json::array();
    for (const MadeFile& file : performed.files) {
      out["files"].push_back({{"step", file.step}, {"file", file.file}, {"sha256", file.sha256}});
    }
    std::cout << out.dump() << "\n";
  } else {
    std::cout << findings_text(performed.findings);
    for (const MadeFile& file : performed.files) std::cout << fmt::format("{:<20} {}\n", file.step, file.file);
    std::cout << (performed.findings.failed() ? "not acceptable" : done) << "\n";
  }
  return performed.findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

cli::Exit run_rehearse(const cli::Arguments& arguments, const World& world) {
  const Plan plan = read_plan(arguments.text("plan"));
  const Performed performed = rehearse(plan, world);
  const bool as_json = arguments.flag("json");
  if (!as_json) std::cout << whole_text(plan);
  return tell(performed, "rehearsed with stand-in keys; nothing was kept", as_json,
              {{"plan", plan.sha256}, {"reads", reads_json(plan)}, {"whole", plan.whole_sha256}});
}

cli::Exit run_run(const cli::Arguments& arguments, const World& world) {
  const Plan plan = read_plan(arguments.text("plan"));
  std::vector<std::string> approvals;
  for (const std::string& file : arguments.texts("approval")) {
    approvals.push_back(base::read_text_file(file, "reading the approval"));
  }
  const auto keeper = keystore::open(arguments.text("key"), password(arguments));
  const CeremonyRun run = run_ceremony(plan, approvals, *keeper, arguments.text("out"), world);
  const bool as_json = arguments.flag("json");
  if (!as_json) std::cout << run.text;
  return tell(run.performed, "done; the minutes are signed", as_json);
}

cli::Exit run_verify(const cli::Arguments& arguments) {
  const Plan plan = read_plan(arguments.text("plan"));
  return tell({verify_minutes(plan, arguments.text("out")), {}}, "the minutes are signed and every file is theirs",
              arguments.flag("json"));
}

void declare_plan(options_description& to) {
  cli::add_text(to, "plan", "the ceremony's plan (docs/formats/ceremony-plan.md)");
}

void declare_custodian(options_description& to) {
  cli::add_text(to, "name", "account of the custodian: a-z, 0-9 and -");
  cli::add_text(to, "password-file", "file whose first line is the password of the custodian's key");
}

void declare_json(options_description& to) {
  cli::add_flag(to, "json", "answer as one JSON object");
}

void declare_run(options_description& to) {
  declare_plan(to);
  cli::add_texts(to, "approval", "a custodian's approval; given once for each");
  cli::add_text(to, "key", "key of the custodian who leads and signs the minutes");
  cli::add_text(to, "password-file", "file whose first line is the password of that key");
  cli::add_text(to, "out", "folder to write into; made when missing");
  declare_json(to);
}

}  // namespace

void add_ceremony_verbs(cli::Program& program, const World& world) {
  program.verb(
      {.name = "ceremony custodian",
       .summary = "Makes the key and certificate with which a custodian approves plans.",
       .declare =
           [](options_description& to) {
             declare_custodian(to);
             cli::add_text(to, "out", "folder to write into; made when missing");
             cli::add_text(to, "profile", "profile of signatories (TOML); the shipped one when left out");
           },
       .run = [&world](const cli::Arguments& arguments) { return run_custodian(arguments, world); },
       .example = "cccd-pki ceremony custodian --name custodian-1 --out custodians --password-file 1.password"});
  program.verb({.name = "ceremony approve",
                .summary = "Signs that a custodian has read this plan and agrees.",
                .declare =
                    [](options_description& to) {
                      declare_plan(to);
                      declare_custodian(to);
                      cli::add_text(to, "key", "the custodian's key");
                      cli::add_text(to, "out", "file to write; it must not be there");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_approve(arguments, world); },
                .example = "cccd-pki ceremony approve --plan root.toml --name custodian-1 --key custodian-1.key "
                           "--password-file 1.password --out root.custodian-1"});
  program.verb({.name = "ceremony rehearse",
                .summary = "Performs a plan with stand-in keys; touches no key store and leaves nothing.",
                .declare =
                    [](options_description& to) {
                      declare_plan(to);
                      declare_json(to);
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_rehearse(arguments, world); },
                .example = "cccd-pki ceremony rehearse --plan root.toml"});
  program.verb({.name = "ceremony run",
                .summary = "Performs an approved plan and signs its minutes.",
                .declare = declare_run,
                .run = [&world](const cli::Arguments& arguments) { return run_run(arguments, world); },
                .example = "cccd-pki ceremony run --plan root.toml --approval root.custodian-1 --approval "
                           "root.custodian-2 --key custodian-1.key --password-file 1.password --out root"});
  program.verb({.name = "ceremony verify",
                .summary = "Holds the minutes of a ceremony against its plan and its files.",
                .declare =
                    [](options_description& to) {
                      declare_plan(to);
                      cli::add_text(to, "out", "folder of the ceremony");
                      declare_json(to);
                    },
                .run = run_verify,
                .example = "cccd-pki ceremony verify --plan root.toml --out root"});
}

}  // namespace admin
