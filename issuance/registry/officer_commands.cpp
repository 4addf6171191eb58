// Officers whose confirmations the register believes, and what they sign: statements about a person, and sources of
// batches.

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/attestation/attestation.h"
#include "issuance/attestation/sources.h"
#include "issuance/registry/commands.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"

namespace registry {

namespace {

using nlohmann::json;
using Options = boost::program_options::options_description;

constexpr std::size_t kNonceBytes = 16;

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

base::Secret password_of(const cli::Arguments& arguments) {
  return base::read_password_file(arguments.text("password-file"), "reading the password");
}

// What changes the book stands in the log before it changes: an officer who is believed can make citizens.
void log_change(const Opened& opened, const cli::Arguments& arguments, std::string_view event, json data) {
  const auto key = opened.home.answer_key(password_of(arguments));
  evidence::Log log = evidence::Log::open(opened.home.log_folder(), *key, opened.clock);
  log.append(event, std::move(data));
  log.checkpoint();
}

cli::Exit add_officer(const cli::Arguments& arguments) {
  Opened opened(arguments);
  auto book = attestation::OfficerBook::read(opened.home.officers_file());
  const attestation::Officer officer{
      .person = arguments.text("person"),
      .account = arguments.text("account"),
      .office = arguments.text("office"),
      .force = arguments.text("force"),
      .public_key = attestation::officer_key_from_file(arguments.text("FILE")),
      .since = arguments.has("since") ? day_of(arguments, "since") : opened.clock.today(),
      .until = std::nullopt};
  const std::string key_id = evidence::key_id(officer.public_key);
  book.add(officer, arguments.text("FILE"));
  log_change(opened, arguments, "officer.added",
             {{"account", officer.account},
              {"force", officer.force},
              {"key", key_id},
              {"office", officer.office},
              {"person", officer.person},
              {"since", base::to_iso(officer.since)}});
  book.write(opened.home.officers_file());
  std::cout << fmt::format("{} confirms for {} from {} on; key {}\n", officer.account, officer.office,
                           base::to_iso(officer.since), key_id);
  return cli::Exit::Done;
}

cli::Exit end_officer(const cli::Arguments& arguments) {
  Opened opened(arguments);
  auto book = attestation::OfficerBook::read(opened.home.officers_file());
  const std::string account = arguments.text("ACCOUNT");
  const base::Date last = day_of(arguments, "on");
  if (!book.end(account, last)) used_wrongly("no officer of this account served until that day");
  log_change(opened, arguments, "officer.ended", {{"account", account}, {"until", base::to_iso(last)}});
  book.write(opened.home.officers_file());
  std::cout << fmt::format("{} confirms until {}\n", account, base::to_iso(last));
  return cli::Exit::Done;
}

cli::Exit list_officers(const cli::Arguments& arguments) {
  const Opened opened(arguments);
  json list = json::array();
  for (const auto& o : attestation::OfficerBook::read(opened.home.officers_file()).all()) {
    const std::string until = o.until ? base::to_iso(*o.until) : "";
    if (!arguments.flag("json")) {
      std::cout << fmt::format("{:<20} {:<12} {:<16} {:<18} {} {}\n", o.account, o.person, o.office, o.force,
                               base::to_iso(o.since), until);
    }
    list.push_back({{"account", o.account},
                    {"person", o.person},
                    {"office", o.office},
                    {"force", o.force},
                    {"since", base::to_iso(o.since)},
                    {"until", until},
                    {"key", evidence::key_id(o.public_key)}});
  }
  if (arguments.flag("json")) std::cout << json{{"officers", std::move(list)}}.dump() << "\n";
  return cli::Exit::Done;
}

std::string hash_of_file(const cli::Arguments& arguments, const char* name) {
  std::ifstream file(arguments.text(name), std::ios::binary);
  if (!file) {
    throw base::Error(base::Fault::FixConfiguration, "reading the file that is confirmed",
                      fmt::format("{} cannot be read; check its name and mode", arguments.text(name)));
  }
  return evidence::sha256_stream(file);
}

void check_claim(const cli::Arguments& arguments) {
  if (!attestation::is_force(arguments.text("force"))) used_wrongly("--force is no force; see the man page");
  if (!attestation::is_evidence(arguments.text("evidence"))) used_wrongly("--evidence is none; see the man page");
  if (!attestation::is_name(arguments.text("account")) || !attestation::is_name(arguments.text("office")))
    used_wrongly("--account and --office are letters, digits, '-', '_', '.' or '@'");
}

cli::Exit sign_attestation(const cli::Arguments& arguments) {
  check_claim(arguments);
  if (!attestation::is_kind(arguments.text("kind"))) used_wrongly("--kind is citizenship, birth or residence");
  const base::SystemClock clock;
  base::SystemRandom random;
  const attestation::Attestation statement{.number = number_of(arguments).text(),
                                           .kind = arguments.text("kind"),
                                           .late = arguments.flag("late"),
                                           .account = arguments.text("account"),
                                           .office = arguments.text("office"),
                                           .force = arguments.text("force"),
                                           .evidence = arguments.text("evidence"),
                                           .evidence_sha256 = hash_of_file(arguments, "evidence-file"),
                                           .at = clock.now(),
                                           .nonce = base::to_base64url(random.bytes(kNonceBytes))};
  const auto key = keystore::load_file(arguments.text("key"), password_of(arguments));
  std::cout << attestation::sign(statement, *key) << "\n";
  return cli::Exit::Done;
}

cli::Exit sign_source(const cli::Arguments& arguments) {
  check_claim(arguments);
  const std::string id = reference(arguments, "id");
  if (arguments.number("persons") < 0) used_wrongly("--persons is how many records the file holds");
  std::vector<std::string> statements;
  if (arguments.has("with")) {
    const auto other = attestation::read_source_file(
        base::read_text_file(arguments.text("with"), "reading what the other officer signed"));
    if (!other) used_wrongly("--with is what source sign printed for the other officer");
    statements = *other;
  }
  const base::SystemClock clock;
  base::SystemRandom random;
  const attestation::SourceStatement statement{.id = id,
                                               .file_sha256 = hash_of_file(arguments, "FILE"),
                                               .persons = arguments.number("persons"),
                                               .late = arguments.flag("late"),
                                               .account = arguments.text("account"),
                                               .office = arguments.text("office"),
                                               .force = arguments.text("force"),
                                               .evidence = arguments.text("evidence"),
                                               .at = clock.now(),
                                               .nonce = base::to_base64url(random.bytes(kNonceBytes))};
  const auto key = keystore::load_file(arguments.text("key"), password_of(arguments));
  statements.push_back(attestation::sign(statement, *key));
  std::cout << attestation::write_source_file(statements);
  return cli::Exit::Done;
}

void with_log(Options& o) {
  declare_data(o);
  cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
}

void with_claim(Options& o) {
  cli::add_text(o, "account", "the officer's account, as in the register's book");
  cli::add_text(o, "office", "code of the office");
  cli::add_text(o, "force",
                "commune-police, provincial-police, ministry-police, civil-status, court, consulate or defence");
  cli::add_text(o, "evidence",
                "birth-record, parents-record, court-decision, nationality-decision, residence-file, witnesses or "
                "declaration");
  cli::add_flag(o, "late", "the births were registered late");
  cli::add_text(o, "key", "the officer's key, encrypted PKCS#8");
  cli::add_text(o, "password-file", "file whose first line is the password of that key");
}

void add_signing_commands(cli::Program& program) {
  program
      .verb({.name = "attestation sign",
             .summary = "Signs, with a confirming officer's key, what that officer confirms about a person.",
             .positional = {"NUMBER"},
             .declare =
                 [](Options& o) {
                   with_claim(o);
                   cli::add_text(o, "kind", "citizenship, birth or residence");
                   cli::add_text(o, "evidence-file", "the document that was seen; its hash is signed");
                 },
             .run = sign_attestation,
             .example = "cccd-registry attestation sign 001090990000 --kind birth --account hoa --office 001-HT-0001 "
                        "--force civil-status --evidence birth-record --evidence-file record.pdf --key hoa.key "
                        "--password-file hoa.pw"})
      .verb({.name = "source sign",
             .summary = "Signs, with an officer's key, for a file of records; the second officer adds to the first's.",
             .positional = {"FILE"},
             .declare =
                 [](Options& o) {
                   with_claim(o);
                   cli::add_text(o, "id", "what the batch is called");
                   cli::add_number(o, "persons", "how many records the file holds");
                   cli::add_text(o, "with", "what the other officer's source sign printed");
                 },
             .run = sign_source,
             .example = "cccd-registry source sign persons.csv --id HN-2026-01 --persons 1000 --account tam --office "
                        "001-CT-0001 --force provincial-police --evidence birth-record --key tam.key --password-file "
                        "tam.pw --with hoa.json"});
}

}  // namespace

void add_officer_commands(cli::Program& program) {
  program
      .verb({.name = "officer add",
             .summary = "Enters an officer whose confirmations the register believes, by certificate or public key.",
             .positional = {"FILE"},
             .declare =
                 [](Options& o) {
                   with_log(o);
                   cli::add_text(o, "person", "one word over all accounts of the person, the same at the signer");
                   cli::add_text(o, "account", "the account this key belongs to");
                   cli::add_text(o, "office", "code of the office");
                   cli::add_text(o, "force",
                                 "commune-police, provincial-police, ministry-police, civil-status, court, consulate "
                                 "or defence");
                   cli::add_text(o, "since", "first day there (today unless given)");
                 },
             .run = add_officer,
             .example = "cccd-registry officer add hoa.pub.der --person H-1 --account hoa --office 001-HT-0001 --force "
                        "civil-status --data registry --password-file registry.pw"})
      .verb({.name = "officer end",
             .summary = "Sets the last day on which an officer's confirmations count.",
             .positional = {"ACCOUNT"},
             .declare =
                 [](Options& o) {
                   with_log(o);
                   cli::add_text(o, "on", "the last day");
                 },
             .run = end_officer,
             .example = "cccd-registry officer end hoa --on 2026-11-30 --data registry --password-file registry.pw"})
      .verb({.name = "officer list",
             .summary = "Lists the officers whose confirmations count, and since when.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   declare_data(o);
                   cli::add_flag(o, "json", "report as JSON");
                 },
             .run = list_officers,
             .example = "cccd-registry officer list --data registry"});
  add_signing_commands(program);
}

}  // namespace registry
