#include "pki/evidence/log_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <sstream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log_report.h"
#include "pki/evidence/witness.h"

namespace evidence {

namespace {

using cli::Arguments;
using cli::Exit;
using Options = boost::program_options::options_description;

LogHome home_of(const LogOwner& owner, const Arguments& arguments) {
  return owner.home(arguments.text("data"));
}

base::Bytes owner_key(const LogHome& home) {
  return base::read_file(home.owner_key, "reading the log's public key");
}

WitnessPolicy policy_of(const LogHome& home, const Arguments& arguments) {
  if (arguments.has("witnesses")) return read_witness_policy(arguments.text("witnesses"));
  if (auto policy = own_witness_policy(home.folder)) return *policy;
  throw base::Error(
      base::Fault::FixConfiguration, "reading the witnesses of a log",
      fmt::format("{} is not there; write down who witnesses this log", LogPaths(home.folder).policy.string()));
}

Exit show(const LogOwner& owner, const Arguments& arguments) {
  print_log(home_of(owner, arguments).folder, arguments.flag("json"), std::cout);
  return Exit::Done;
}

Exit verify(const LogOwner& owner, const Arguments& arguments) {
  const LogHome home = home_of(owner, arguments);
  const base::SystemClock clock;
  Audit audit;
  audit.now = clock.now();
  audit.policy =
      arguments.has("witnesses") ? read_witness_policy(arguments.text("witnesses")) : own_witness_policy(home.folder);
  for (const std::string& file : arguments.texts("seen")) {
    std::istringstream lines(base::read_text_file(file, "reading what a witness saw"));
    for (std::string line; std::getline(lines, line);) audit.cosigned.push_back(line);
  }
  const bool sound = print_verification(home.folder, owner_key(home), audit, arguments.flag("json"), std::cout);
  return sound ? Exit::Done : Exit::NotAcceptable;
}

Exit prove(const LogOwner& owner, const Arguments& arguments) {
  const LogHome home = home_of(owner, arguments);
  const base::Bytes key = owner_key(home);
  std::size_t since = 0;
  if (!arguments.has("since")) {
    since = witnessed_size(home.folder, key);
  } else if (const long given = arguments.number("since"); given >= 0) {
    since = static_cast<std::size_t>(given);
  } else {
    throw base::Error(base::Fault::UsedWrongly, "reading --since", "a number of entries is needed");
  }
  std::cout << ask_witness(home.folder, key, since) << "\n";
  return Exit::Done;
}

// The findings go to stderr: standard output is the line that goes back to the log's owner.
Exit cosign_request(const LogOwner& owner, const Arguments& arguments) {
  const LogHome home = home_of(owner, arguments);
  const base::Bytes whose = base::read_file(arguments.text("owner"), "reading the public key of the log's owner");
  const std::string request =
      base::text_of(base::read_file(arguments.text("REQUEST"), "reading the owner's question", kLongestLine));
  const auto key = owner.key(arguments.text("data"),
                             base::read_password_file(arguments.text("password-file"), "reading the key's password"));
  const base::SystemClock clock;
  const Cosigned answer = cosign(home.memory, whose, request, *key, clock);
  print_findings(answer.findings, std::cerr);
  if (answer.findings.failed()) return Exit::NotAcceptable;
  std::cout << answer.line << "\n";
  return Exit::Done;
}

Exit keep(const LogOwner& owner, const Arguments& arguments) {
  const LogHome home = home_of(owner, arguments);
  const base::Bytes line = base::read_file(arguments.text("ANSWER"), "reading the witness's answer", kLongestLine);
  const auto findings = keep_cosigned(home.folder, owner_key(home), policy_of(home, arguments), base::text_of(line));
  print_findings(findings, std::cout);
  return findings.failed() ? Exit::NotAcceptable : Exit::Done;
}

void declare_witnesses(Options& options) {
  cli::add_text(options, "witnesses",
                "whose signatures count, and how old an entry may be without one (TOML); the log's own witnesses.toml "
                "when left out");
}

using Run = Exit (*)(const LogOwner&, const Arguments&);
using Declare = void (*)(Options&);

cli::Verb verb_of(const LogOwner& owner, const char* name, std::string summary, std::vector<std::string> positional,
                  Declare declare, Run run, const std::string& rest) {
  return {.name = name,
          .summary = std::move(summary),
          .positional = std::move(positional),
          .declare =
              [help = owner.data, declare](Options& options) {
                cli::add_text(options, "data", help.c_str());
                declare(options);
              },
          .run = [owner, run](const Arguments& arguments) { return run(owner, arguments); },
          .example = fmt::format("{} {} {}--data DIR", owner.program, name, rest)};
}

}  // namespace

void add_log_verbs(cli::Program& program, const LogOwner& owner) {
  program
      .verb(verb_of(
          owner, "log show", fmt::format("Shows {} log, oldest first.", owner.whose), {},
          [](Options& options) { cli::add_flag(options, "json", "one entry a line as JSON"); }, show, ""))
      .verb(verb_of(
          owner, "log verify",
          fmt::format("Checks every entry, checkpoint and witness of {} log against its key.", owner.whose), {},
          [](Options& options) {
            declare_witnesses(options);
            cli::add_texts(options, "seen", "what a witness kept of this log (its witnessed/KEY-ID.jsonl)");
            cli::add_flag(options, "json", "report as one JSON object");
          },
          verify, ""))
      .verb(verb_of(
          owner, "log prove",
          fmt::format("Prints {} newest checkpoint, with the proof that it follows from the last witnessed one.",
                      owner.whose),
          {},
          [](Options& options) {
            cli::add_number(options, "since", "entries the witness saw last; what witnesses.jsonl says when left out");
          },
          prove, ""))
      .verb(verb_of(
          owner, "log cosign",
          "Signs as a witness what another program's `log prove` printed, if it follows from what was seen before.",
          {"REQUEST"},
          [](Options& options) {
            cli::add_text(options, "owner", "public key (DER) of the log's owner");
            cli::add_text(options, "password-file", "file whose first line opens this program's keys");
          },
          cosign_request, "request.json --owner log.pub --password-file FILE "))
      .verb(verb_of(owner, "log witness", fmt::format("Puts a witness's answer into {} log.", owner.whose), {"ANSWER"},
                    declare_witnesses, keep, "answer.json "));
}

}  // namespace evidence
