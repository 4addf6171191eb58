#include "issuance/station/registry_process.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "issuance/station/process.h"
#include "pki/base/core/error.h"

namespace station {

namespace {

constexpr std::chrono::seconds kLimit{30};

// The registry's own sentence, without its program name; it never names a person.
std::string last_words(const Ended& ended) {
  const std::string line = ended.err.substr(0, ended.err.find('\n'));
  return line.empty() ? fmt::format("exit code {}", ended.exit_code) : line;
}

base::Severity severity_of(const std::string& name) {
  if (name == base::severity_name(base::Severity::Warn)) return base::Severity::Warn;
  return name == base::severity_name(base::Severity::Note) ? base::Severity::Note : base::Severity::Fail;
}

// {"done": …, "findings": [{"code", "severity", "where", "text"}]}
base::Findings read_findings(const std::string& out, const std::string& doing) {
  base::Findings findings;
  try {
    const nlohmann::json report = nlohmann::json::parse(out);
    for (const auto& one : report.at("findings")) {
      findings.add({.code = one.at("code"),
                    .severity = severity_of(one.at("severity")),
                    .where = one.at("where"),
                    .text = one.at("text")});
    }
  } catch (const nlohmann::json::exception&) {
    throw base::Error(base::Fault::AskOperator, doing, "the registry's report cannot be read");
  }
  return findings;
}

}  // namespace

RegistryProcess::RegistryProcess(const Settings& settings) : settings_(settings) {
  if (settings_.registry_command.empty()) {
    throw base::Error(base::Fault::FixConfiguration, "asking the population registry",
                      "station.toml names no [registry]; cccd-station init --help shows its options");
  }
}

std::string RegistryProcess::answer(const std::string& number, const std::string& case_id) {
  constexpr std::string_view doing = "asking the population registry";
  const Ended ended = run_program(
      {settings_.registry_command.string(), "answer", number, "--case", case_id, "--purpose", "issuance", "--data",
       settings_.registry_data.string(), "--password-file", settings_.registry_password_file.string()},
      kLimit, doing);
  if (ended.exit_code != 0) throw base::Error(base::Fault::AskOperator, std::string(doing), last_words(ended));
  std::string jws = ended.out;
  while (!jws.empty() && (jws.back() == '\n' || jws.back() == '\r')) jws.pop_back();
  return jws;
}

base::Findings RegistryProcess::change(std::vector<std::string> words, const std::string& doing) {
  words.insert(words.begin(), settings_.registry_command.string());
  words.insert(words.end(), {"--data", settings_.registry_data.string(), "--json"});
  const Ended ended = run_program(words, kLimit, doing);
  if (ended.exit_code > 1) throw base::Error(base::Fault::AskOperator, doing, last_words(ended));
  return read_findings(ended.out, doing);
}

base::Findings RegistryProcess::mark(const std::string& number, const std::string& case_id, bool open) {
  return change({"mark", number, "--case", case_id, "--state", open ? "open" : "closed"},
                "telling the registry about a case");
}

base::Findings RegistryProcess::record_card(const std::string& number, const std::string& case_id,
                                            const cases::DeliveredCard& card) {
  std::vector<std::string> words{
      "card",     "record", number, "--chip", card.serial, "--case", case_id, "--issued", base::to_iso(card.issued),
      "--status", "active"};
  if (!card.replaces.empty()) words.insert(words.end(), {"--replaces", card.replaces});
  return change(std::move(words), "telling the registry about a delivered card");
}

base::Findings RegistryProcess::revoke_card(const std::string& number, const std::string& serial) {
  return change({"card", "status", number, "--chip", serial, "--status", "revoked"},
                "telling the registry about a revoked card");
}

}  // namespace station
