#pragma once
// Who asked what about whom, when and why: one row for every read, on the disk before the answer leaves, in a file of
// its own (access.db) so that reading the register never waits for its writers. A row survives the kill of the process;
// a power cut may take the last moments.
//
// The audit log proves the book: every row stands in it exactly once, as a salted commitment. Rows go there in batches
// (entry "accesses", settle()), a signed answer in an entry of its own ("answer.given").

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "issuance/registry/access_schema.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"
#include "pki/evidence/log.h"
#include "smartcard/document/citizen_number.h"

namespace registry {

// One look at one person. client is the name of a client of the service, or "local:ACCOUNT" for a command on the
// register's own machine, whose role is "operator".
struct Access {
  std::optional<document::CitizenNumber> number;  // none: a search that showed nobody
  std::string client, role, purpose;
  std::string operation;   // "read", "match", "answer", …: the operations of scopes.toml, and the commands' own
  std::string attributes;  // those asked for, joined by ',', or what else tells the person concerned what was seen
  std::string case_id;     // empty: no case
};

struct KeptAccess {
  Access access;
  base::Moment at;
  std::string salt;                       // of the commitment in the audit log
  std::string commitment;                 // to the number
  std::optional<std::int64_t> log_index;  // of the entry that holds it; empty: not there yet
};

class AccessBook {
 public:
  // folder: the register's directory. Makes access.db when it is missing. The clock outlives the book.
  AccessBook(const std::filesystem::path& folder, const base::Clock& clock);
  // Beside others of this process that use the same file.
  AccessBook(std::shared_ptr<AccessDatabase> access, const std::filesystem::path& folder, const base::Clock& clock);

  // Kept when it returns. Several threads may call it.
  void keep(const Access& access, base::Random& random);
  void keep(const std::vector<Access>& accesses, base::Random& random);  // all or none

  // A read with an entry of its own: the row first, then `log_it` (which appends the entry with this commitment and
  // returns its index), then the two are tied together. What a crash leaves between them is found by settle().
  void keep_alone(const Access& access, base::Random& random,
                  const std::function<std::size_t(const evidence::Commitment&)>& log_it);

  // Brings into the log what is not there yet; exactly once, however often a process was killed on the way. Returns
  // how many rows. log_folder: of the same log.
  std::size_t settle(evidence::Log& log, const std::filesystem::path& log_folder);
  std::size_t unsettled();  // rows waiting for settle()

  // What a citizen is told about one number, oldest first; at most `limit`, the newest ones.
  std::vector<KeptAccess> accesses(const document::CitizenNumber& number, std::size_t limit = 10'000);

 private:
  db::Statement& statement(std::string_view sql);
  std::int64_t insert(const Access& access, const evidence::Commitment& commitment, bool alone);
  void adopt_lone_rows(const std::filesystem::path& log_folder);
  std::size_t settle_batch(evidence::Log& log, std::int64_t first, std::int64_t last);
  std::optional<std::pair<std::int64_t, std::int64_t>> claim_batch();
  bool number_rows();

  std::filesystem::path lock_;
  const base::Clock& clock_;
  std::shared_ptr<AccessDatabase> access_;
  std::mutex& threads_;
  db::Connection& database_;
  db::Connection settling_;  // reads rows on their way into the log while questions are kept; under `lock_`
  std::unordered_map<std::string_view, db::Statement> statements_;
};

// The account that runs this process, "uid-1234" when it has no name: what "local:" is followed by.
std::string local_account();
Access local_access(const document::CitizenNumber& number, const std::string& operation);

}  // namespace registry
