#pragma once
// The append-only log that proves every act: RFC 6962 hashing (leaf = SHA-256(00 ‖ entry), node = SHA-256(01 ‖ l ‖ r)),
// one canonical JSON entry a line, checkpoints signed by the log's owner. Personal data enter only as salted
// commitments. Format: docs/formats/log.md.

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/evidence/witness.h"
#include "pki/keystore/signing_key.h"

namespace evidence {

// A value that must not be readable in the log but must be provable later: commitment = SHA-256(salt ‖ value),
// base64url, salt 128 bits, kept with the case and never in the log.
struct Commitment {
  std::string salt;   // base64url
  std::string value;  // base64url
};
Commitment commit(std::string_view value, base::Random& random);
bool opens(const Commitment& commitment, std::string_view value);

// Root over leaf hashes, RFC 6962 §2.1. Empty: SHA-256 of nothing.
base::Bytes leaf_hash(base::ByteView entry);
base::Bytes merkle_root(const std::vector<base::Bytes>& leaf_hashes);
std::vector<base::Bytes> inclusion_proof(const std::vector<base::Bytes>& leaf_hashes, std::size_t index);
bool proves_inclusion(const base::Bytes& leaf, std::size_t index, std::size_t size,
                      const std::vector<base::Bytes>& proof, base::ByteView root);
std::vector<base::Bytes> consistency_proof(const std::vector<base::Bytes>& leaf_hashes, std::size_t old_size);
bool proves_consistency(std::size_t old_size, base::ByteView old_root, std::size_t size, base::ByteView root,
                        const std::vector<base::Bytes>& proof);

class Log {
 public:
  // folder/log.jsonl and folder/checkpoints.jsonl; made when missing. Key and clock must outlive the log. Throws
  // Error{TreatAsAttack} when the entries do not fit the last checkpoint (cut tail, changed entry). A line that a power
  // cut left unfinished at the end was never confirmed to anybody: it is cut off, and an entry "log.repaired" says so.
  static Log open(const std::filesystem::path& folder, const keystore::SigningKey& key, const base::Clock& clock);
  Log(Log&&) noexcept;
  ~Log();

  // event: lower-case words joined by '.', "order.signed"; data without personal values. Durable (fsync) on return;
  // several processes and threads may append (the folder is locked). Returns the entry's index.
  std::size_t append(std::string_view event, nlohmann::json data);
  // Signs the present size and root and appends the checkpoint statement. Called after each act's outcome.
  std::string checkpoint();
  std::size_t size() const;

 private:
  struct State;
  explicit Log(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// What others kept of a log, and what is demanded of it.
struct Audit {
  std::vector<std::string> checkpoints = {};  // JWS of the owner that were kept elsewhere (in cases)
  std::vector<std::string> cosigned = {};     // lines of a witness's memory (witness.h)
  std::optional<WitnessPolicy> policy = {};   // nullopt: no witness is demanded, and their signatures are not judged
  base::Moment now = {};                      // for the policy
};

// Everything in the folder against the owner's public key: entries canonical and numbered, every checkpoint's signature
// and root, the last checkpoint covers the last entry; and against what others kept. Findings: of tampering.h, where
// the entries are not those that were signed (the first such place; what stands behind is not judged);
// LOG_CHECKPOINT_SIGNATURE, LOG_CHECKPOINT_ORDER, LOG_WITNESS_SIGNATURE; LOG_FORKED and LOG_ROLLED_BACK, when the log
// agrees with itself and not with others; LOG_UNWITNESSED, when an entry no witness signed is older than the policy's
// hours; LOG_TAIL_UNSIGNED (warn), LOG_TAIL_TORN (warn). Throws Error{FixConfiguration} when neither entries nor
// checkpoints are there, Error{TreatAsAttack} on an endless line.
base::Findings verify_log(const std::filesystem::path& folder, base::ByteView owner_public_key,
                          const Audit& audit = {});

// Every whole entry in order, {"at", "data", "event", "index"}; for showing, proves nothing. Throws
// Error{FixConfiguration} when there is no log, Error{TreatAsAttack} on a line that is no entry.
void each_entry(const std::filesystem::path& folder, const std::function<void(const nlohmann::json&)>& show);

}  // namespace evidence
