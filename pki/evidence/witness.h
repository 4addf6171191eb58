#pragma once
// Witnesses: another party signs that a log's checkpoint follows from the last one it saw, after a consistency proof
// (RFC 6962 §2.1.2), and remembers it. Who owns the log can then neither rewrite what was witnessed nor show two
// histories to two parties. Format: docs/formats/log.md.
//
//   owner:    ask_witness(folder, owner, since)  -> request      (log prove)
//   witness:  cosign(memory, owner, request, …)  -> a line       (log cosign)
//   owner:    keep_cosigned(folder, owner, …)                     (log witness)
//   anybody:  verify_log(folder, owner, audit)                    (log verify)

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/evidence/log_files.h"
#include "pki/keystore/signing_key.h"

namespace evidence {

// Whose signature counts for a log, and how old an entry may become without one. witnesses.toml in the log's folder, or
// a verifier's own copy.
struct WitnessPolicy {
  struct Witness {
    std::string name;
    base::Bytes public_key;  // SubjectPublicKeyInfo
  };
  std::chrono::hours unwitnessed{};
  std::vector<Witness> witnesses;  // any of them
};
// Key files are named from the policy's folder. Error{FixConfiguration} with file:line.
WitnessPolicy read_witness_policy(const std::filesystem::path& file);
std::optional<WitnessPolicy> own_witness_policy(const std::filesystem::path& folder);

// The newest checkpoint of the log in the folder and the proof that it follows from the first `since` entries: one
// canonical JSON object. Error{FixConfiguration} when there is no checkpoint, Error{UsedWrongly} when since is more
// than it counts, Error{TreatAsAttack} when the entries are not those it signs.
std::string ask_witness(const std::filesystem::path& folder, base::ByteView owner_public_key, std::size_t since);
// Entries under the newest line of witnesses.jsonl, 0 when nobody has signed yet: what the next question starts from.
std::size_t witnessed_size(const std::filesystem::path& folder, base::ByteView owner_public_key);

struct Cosigned {
  base::Findings findings;  // why not, when failed()
  std::string line;         // {"checkpoint", "witness"}; empty when refused
};
// memory: the witness's folder; what it saw of each log stands in OWNER-KEY-ID.jsonl, one signed line each, durable
// before the line is given away. A log seen for the first time is taken as it is (note WITNESS_FIRST_SEEN). Findings
// WITNESS_REQUEST_MALFORMED, WITNESS_CHECKPOINT_SIGNATURE, WITNESS_ROLLED_BACK (fewer entries than were seen before),
// WITNESS_PROOF_FROM_ELSEWHERE (the proof starts at another size: ask for one from the size in the text),
// WITNESS_FORKED (another history). Throws Error{TreatAsAttack} when the memory itself is not what this key signed.
Cosigned cosign(const std::filesystem::path& memory, base::ByteView owner_public_key, std::string_view request,
                const keystore::SigningKey& key, const base::Clock& clock);

// Puts a line into the log's witnesses.jsonl. Finding LOG_WITNESS_SIGNATURE when it is none for this log by one of the
// policy's witnesses.
base::Findings keep_cosigned(const std::filesystem::path& folder, base::ByteView owner_public_key,
                             const WitnessPolicy& policy, std::string_view line);

// What a line says when the owner signed its checkpoint and, with a policy, one of the witnesses signed the same.
std::optional<Checkpoint> open_cosigned(std::string_view line, base::ByteView owner_public_key,
                                        const std::optional<WitnessPolicy>& policy);

}  // namespace evidence
