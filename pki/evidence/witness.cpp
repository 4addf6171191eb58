#include "pki/evidence/witness.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/base/toml/strict_toml.h"
#include "pki/evidence/canonical.h"
#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"

namespace evidence {

namespace {

using nlohmann::json;

constexpr std::string_view kAsking = "asking a witness to sign a log's checkpoint";
constexpr std::string_view kCosigning = "signing another party's checkpoint";
constexpr std::size_t kLongestProof = 64;  // hashes: a tree of 2^63 entries has fewer
constexpr std::size_t kHashSize = 32;

struct Request {
  std::string checkpoint;  // JWS
  std::size_t since = 0;
  std::vector<base::Bytes> proof;
};

std::optional<std::vector<base::Bytes>> parse_proof(const json& list) {
  if (!list.is_array() || list.size() > kLongestProof) return std::nullopt;
  std::vector<base::Bytes> proof;
  for (const json& item : list) {
    if (!item.is_string()) return std::nullopt;
    auto hash = base::parse_base64url(item.get<std::string>());
    if (!hash || hash->size() != kHashSize) return std::nullopt;
    proof.push_back(std::move(*hash));
  }
  return proof;
}

std::string_view without_line_end(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

std::optional<Request> parse_request(std::string_view text) {
  const auto fields = parse_canonical(without_line_end(text));
  if (!fields || !fields->is_object() || fields->size() != 3) return std::nullopt;
  const auto checkpoint = fields->find("checkpoint"), since = fields->find("since"), proof = fields->find("proof");
  if (checkpoint == fields->end() || !checkpoint->is_string() || since == fields->end() ||
      !since->is_number_unsigned() || proof == fields->end()) {
    return std::nullopt;
  }
  auto hashes = parse_proof(*proof);
  if (!hashes) return std::nullopt;
  return Request{checkpoint->get<std::string>(), since->get<std::size_t>(), std::move(*hashes)};
}

// {"at","log","root","size"}, statement type "witness"
json witness_payload(base::ByteView owner, const Checkpoint& seen, base::Moment at) {
  return {{"at", base::to_rfc3339(at)},
          {"log", key_id(owner)},
          {"root", base::to_base64url(seen.root)},
          {"size", seen.size}};
}

bool witnesses(std::string_view jws, base::ByteView witness, base::ByteView owner, const Checkpoint& seen) {
  const auto payload = open_statement(jws, "witness", witness);
  if (!payload || !payload->contains("at") || !(*payload)["at"].is_string()) return false;
  const auto at = base::parse_rfc3339((*payload)["at"].get<std::string>());
  return at && *payload == witness_payload(owner, seen, *at);
}

std::optional<std::string> newest_checkpoint(const std::filesystem::path& folder) {
  const LogPaths paths(folder);
  if (!std::filesystem::exists(paths.checkpoints)) return std::nullopt;
  LineFile file(paths.checkpoints, LineFile::Mode::Read);
  std::optional<std::string> last;
  while (auto line = file.next()) last = std::move(line);
  return last ? jws_of_checkpoint_line(*last) : std::nullopt;
}

std::filesystem::path memory_file(const std::filesystem::path& memory, base::ByteView owner) {
  return memory / (key_id(owner) + ".jsonl");
}

// The last line of the witness's own memory of this log.
std::optional<Checkpoint> last_seen(LineFile& file, base::ByteView owner, const keystore::SigningKey& key) {
  std::optional<std::string> last;
  while (auto line = file.next()) last = std::move(line);
  if (file.has_rest()) file.cut_here();  // unfinished, so nobody was given it
  if (!last) return std::nullopt;
  auto seen = open_cosigned(*last, owner, WitnessPolicy{{}, {{"this witness", key.public_key_named()}}});
  if (!seen)
    throw base::Error(base::Fault::TreatAsAttack, std::string(kCosigning),
                      "what this witness remembers of the log is not signed by its key; keep everything and report it");
  return seen;
}

void judge(const Checkpoint& now, const Request& request, const std::optional<Checkpoint>& before,
           base::Findings& findings) {
  const std::size_t seen = before ? before->size : 0;
  if (now.size < seen) {
    findings.fail("WITNESS_ROLLED_BACK", "checkpoint",
                  fmt::format("It counts {} entries and {} were seen before: the log went back.", now.size, seen));
  } else if (request.since != seen) {
    findings.fail("WITNESS_PROOF_FROM_ELSEWHERE", "proof",
                  fmt::format("It starts at {} entries; this witness needs one from {}.", request.since, seen));
  } else if (!proves_consistency(seen, before ? before->root : merkle_root({}), now.size, now.root, request.proof)) {
    findings.fail("WITNESS_FORKED", "proof",
                  fmt::format("The first {} entries are not those that were seen before: another history.", seen));
  } else if (!before) {
    findings.note("WITNESS_FIRST_SEEN", "checkpoint",
                  "This witness had not seen the log before and takes it as it is.");
  }
}

}  // namespace

WitnessPolicy read_witness_policy(const std::filesystem::path& file) {
  constexpr std::string_view kDoing = "reading the witnesses of a log";
  constexpr std::int64_t kMostHours = 24 * 366;
  return strict_toml::read(
      base::read_text_file(file, kDoing), file.string(), kDoing, [&](const strict_toml::Table& table) {
        WitnessPolicy policy{std::chrono::hours(table.number("unwitnessed_hours", 0, kMostHours)), {}};
        for (const strict_toml::Table& one : table.tables("witness")) {
          policy.witnesses.push_back(
              {one.text("name"), base::read_file(file.parent_path() / one.text("key"), "reading a witness's key")});
        }
        if (policy.witnesses.empty()) table.refuse("no [[witness]] is named");
        return policy;
      });
}

std::optional<WitnessPolicy> own_witness_policy(const std::filesystem::path& folder) {
  const LogPaths paths(folder);
  if (!std::filesystem::exists(paths.policy)) return std::nullopt;
  return read_witness_policy(paths.policy);
}

std::string ask_witness(const std::filesystem::path& folder, base::ByteView owner_public_key, std::size_t since) {
  const auto jws = newest_checkpoint(folder);
  if (!jws) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kAsking),
                      fmt::format("{}: the log has no checkpoint yet", folder.string()));
  }
  const auto checkpoint = open_checkpoint(*jws, owner_public_key);
  if (checkpoint && since > checkpoint->size) {
    throw base::Error(base::Fault::UsedWrongly, std::string(kAsking),
                      fmt::format("--since {} is more than the {} entries that are signed", since, checkpoint->size));
  }
  std::vector<base::Bytes> leaves;
  LineFile file(LogPaths(folder).entries, LineFile::Mode::Read);
  while (checkpoint && leaves.size() < checkpoint->size) {
    const auto line = file.next();
    if (!line) break;
    leaves.push_back(leaf_hash(base::view_of(*line)));
  }
  if (!checkpoint || leaves.size() != checkpoint->size || merkle_root(leaves) != checkpoint->root) {
    throw base::Error(base::Fault::TreatAsAttack, std::string(kAsking),
                      "the entries are not those of the last checkpoint; verify the log");
  }
  json proof = json::array();
  for (const base::Bytes& hash : consistency_proof(leaves, since)) proof.push_back(base::to_base64url(hash));
  return canonical({{"checkpoint", *jws}, {"proof", std::move(proof)}, {"since", since}});
}

std::size_t witnessed_size(const std::filesystem::path& folder, base::ByteView owner_public_key) {
  const LogPaths paths(folder);
  if (!std::filesystem::exists(paths.witnesses)) return 0;
  const auto policy = own_witness_policy(folder);
  LineFile file(paths.witnesses, LineFile::Mode::Read);
  std::size_t size = 0;
  while (const auto line = file.next()) {
    if (const auto seen = open_cosigned(*line, owner_public_key, policy)) size = seen->size;
  }
  return size;
}

Cosigned cosign(const std::filesystem::path& memory, base::ByteView owner_public_key, std::string_view request,
                const keystore::SigningKey& key, const base::Clock& clock) {
  Cosigned answer;
  const auto asked = parse_request(request);
  if (!asked) {
    answer.findings.fail("WITNESS_REQUEST_MALFORMED", "request", "It is no question that `log prove` wrote.");
    return answer;
  }
  const auto now = open_checkpoint(asked->checkpoint, owner_public_key);
  if (!now) {
    answer.findings.fail("WITNESS_CHECKPOINT_SIGNATURE", "checkpoint", "It is not signed by that log's owner.");
    return answer;
  }
  std::error_code error;
  std::filesystem::create_directories(memory, error);
  if (error) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kCosigning),
                      fmt::format("{}: {}", memory.string(), error.message()));
  }
  const FolderLock lock(memory / "lock");
  LineFile file(memory_file(memory, owner_public_key), LineFile::Mode::Append);
  judge(*now, *asked, last_seen(file, owner_public_key, key), answer.findings);
  if (answer.findings.failed()) return answer;
  answer.line =
      canonical({{"checkpoint", asked->checkpoint},
                 {"witness", sign_statement("witness", witness_payload(owner_public_key, *now, clock.now()), key)}});
  file.append(answer.line);
  return answer;
}

base::Findings keep_cosigned(const std::filesystem::path& folder, base::ByteView owner_public_key,
                             const WitnessPolicy& policy, std::string_view line) {
  base::Findings findings;
  if (!open_cosigned(without_line_end(line), owner_public_key, policy)) {
    findings.fail("LOG_WITNESS_SIGNATURE", "the witness's answer",
                  "It is no checkpoint of this log that one of its witnesses signed.");
    return findings;
  }
  const LogPaths paths(folder);
  const FolderLock lock(paths.lock);
  LineFile file(paths.witnesses, LineFile::Mode::Append);
  while (file.next()) continue;
  if (file.has_rest()) file.cut_here();
  file.append(without_line_end(line));
  return findings;
}

std::optional<Checkpoint> open_cosigned(std::string_view line, base::ByteView owner_public_key,
                                        const std::optional<WitnessPolicy>& policy) {
  const auto fields = parse_canonical(line);
  if (!fields || !fields->is_object() || fields->size() != 2) return std::nullopt;
  const auto checkpoint = fields->find("checkpoint"), witness = fields->find("witness");
  if (checkpoint == fields->end() || !checkpoint->is_string() || witness == fields->end() || !witness->is_string())
    return std::nullopt;
  auto seen = open_checkpoint(checkpoint->get<std::string>(), owner_public_key);
  if (!seen || !policy) return seen;
  const bool known = std::ranges::any_of(policy->witnesses, [&](const WitnessPolicy::Witness& one) {
    return witnesses(witness->get<std::string>(), one.public_key, owner_public_key, *seen);
  });
  return known ? seen : std::nullopt;
}

}  // namespace evidence
