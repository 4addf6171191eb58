// For tests/evidence/tamper.py: makes the log that is then tampered with, and says what verify_log() finds.
//
//   log_tool make DIR      DIR/log, DIR/log.pub, DIR/witness.pub, DIR/memory.jsonl (of a witness that signed twice)
//   log_tool verify        reads folders from standard input, one a line: its failing codes on one line each, sorted

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"

namespace {

constexpr std::string_view kDoing = "making a test's log";

base::Moment morning() {
  return std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{9};
}

// Twelve entries in four acts of three; the witness signs after the first and after the third.
void make(const std::filesystem::path& folder) {
  base::SeededRandom random(41);
  const auto owner = keystore::generate(keystore::Curve::P256, random);
  const auto witness = keystore::generate(keystore::Curve::P256, random);
  const base::Bytes owner_key = owner->public_key_named(), witness_key = witness->public_key_named();
  base::FixedClock clock(morning());
  const auto log_folder = folder / "log";
  evidence::Log log = evidence::Log::open(log_folder, *owner, clock);
  base::write_file(log_folder / "witness.pub", witness_key, kDoing);
  base::write_text_file(log_folder / "witnesses.toml",
                        "unwitnessed_hours = 24\n\n[[witness]]\nname = \"registry\"\nkey = \"witness.pub\"\n", kDoing);
  const auto policy = *evidence::own_witness_policy(log_folder);
  for (int act = 0; act < 4; ++act) {
    const auto number = fmt::format("2026-{:06}", act + 1);
    log.append("case.opened", {{"case", number}, {"note", "Hồ sơ – số \u20AC \"1\"\n"}});
    log.append("order.signing", {{"case", number}, {"n", act}});
    clock.set(clock.now() + std::chrono::minutes(7));
    log.append("order.signed", {{"case", number}, {"codes", {"A_B", nullptr, true}}});
    log.checkpoint();
    if (act % 2 != 0) continue;
    const auto asked = evidence::ask_witness(log_folder, owner_key, evidence::witnessed_size(log_folder, owner_key));
    const auto answer = evidence::cosign(folder / "witnessed", owner_key, asked, *witness, clock);
    evidence::keep_cosigned(log_folder, owner_key, policy, answer.line);
  }
  base::write_file(folder / "log.pub", owner_key, kDoing);
  std::filesystem::copy_file(folder / "witnessed" / (evidence::key_id(owner_key) + ".jsonl"), folder / "memory.jsonl");
}

std::string verdict(const std::filesystem::path& folder) {
  evidence::Audit audit;
  audit.policy = evidence::own_witness_policy(folder / "log");
  audit.now = morning() + std::chrono::hours{30};
  if (std::filesystem::exists(folder / "now")) {
    audit.now = *base::parse_rfc3339(base::read_text_file(folder / "now", kDoing));
  }
  if (std::filesystem::exists(folder / "memory.jsonl")) {
    std::istringstream lines(base::read_text_file(folder / "memory.jsonl", kDoing));
    for (std::string line; std::getline(lines, line);) audit.cosigned.push_back(line);
  }
  const auto owner = base::read_file(folder / "log.pub", kDoing);
  std::string codes;
  for (const std::string& code : evidence::verify_log(folder / "log", owner, audit).failing_codes())
    codes += code + " ";
  return codes;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 2 && words[0] == "make") {
      make(words[1]);
    } else if (words.size() == 1 && words[0] == "verify") {
      for (std::string folder; std::getline(std::cin, folder);) std::cout << verdict(folder) << std::endl;
    } else {
      return 2;
    }
  } catch (const base::Error& error) {
    std::cerr << error.what() << "\n";
    return 3;
  }
}
