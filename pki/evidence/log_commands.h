#pragma once
// The verbs about a log, the same in every program that keeps one: log show, verify, prove, cosign, witness. A program
// says where its log stands and with which key it witnesses the logs of others.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "pki/base/cli/cli.h"
#include "pki/keystore/signing_key.h"

namespace evidence {

struct LogHome {
  std::filesystem::path folder;     // log.jsonl and what belongs to it
  std::filesystem::path owner_key;  // public, DER
  std::filesystem::path memory;     // what this program saw of others' logs, as their witness
};

struct LogOwner {
  std::string program;  // "cccd-station", for the examples
  std::string whose;    // "the station's"
  std::string data;     // the directory's help
  std::function<LogHome(const std::filesystem::path& data)> home;
  // With which this program signs as a witness; opened with --password-file.
  std::function<std::unique_ptr<keystore::SigningKey>(const std::filesystem::path& data, const base::Secret& password)>
      key;
};

void add_log_verbs(cli::Program& program, const LogOwner& owner);

}  // namespace evidence
