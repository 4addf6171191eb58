#pragma once
// What the registry is still to be told: changes that a station without network made, in their order, each with a key
// of its own, in station.db. Delivering one twice changes nothing at the registry, so whoever dies between delivery and
// deletion delivers it once more and no harm is done; what must not happen is that an old one arrives after a newer
// one, and therefore one process at a time speaks to the registry.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "issuance/cases/journal.h"
#include "issuance/cases/registry_client.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/random.h"
#include "pki/base/db/connection.h"

namespace station {

struct Change {
  std::string kind;  // "mark-open", "mark-closed", "approvals", "card", "lost", "revoked"
  std::string number = {}, case_id = {};
  std::string serial = {}, replaces = {}, issued = {};  // of a card; issued an ISO day
  std::string content = {};                             // of approvals, JSON
  std::int64_t id = 0;                                  // its place in the queue
  std::string key = {};                                 // 128 bits, base64url; names it in the log
  std::vector<std::string> codes = {};                  // why the registry refused it; empty: it waits
};

// Tells the registry. Findings: its own; throws when it does not answer.
base::Findings tell(cases::RegistryClient& registry, const Change& change);

class RegistryQueue {
 public:
  // Everything outlives it. Each change of the queue goes into the log with the journal's next log_posted().
  RegistryQueue(db::Connection& store, cases::Journal& journal, const base::Clock& clock, base::Random& random)
      : store_(store), journal_(journal), clock_(clock), random_(random) {}

  void add(const Change& change);
  std::optional<Change> first() const;  // that waits
  std::int64_t waiting() const;
  std::vector<Change> refused() const;

  // The registry took it: it leaves the queue.
  void delivered(const Change& change);
  // The registry refused it: it is kept for an officer to look at, and the next one is the first.
  void refused(const Change& change, const std::vector<std::string>& codes);

 private:
  db::Connection& store_;
  cases::Journal& journal_;
  const base::Clock& clock_;
  base::Random& random_;
};

// The note REGISTRY_QUEUED: the registry is still to be told.
base::Findings still_waiting();

// One process at a time speaks to the registry; the others wait. Held while it lives.
class RegistryTurn {
 public:
  explicit RegistryTurn(const std::filesystem::path& lock_file);  // Error{FixConfiguration} when it cannot be made
  RegistryTurn(const RegistryTurn&) = delete;
  RegistryTurn& operator=(const RegistryTurn&) = delete;
  ~RegistryTurn();

 private:
  int file_;
};

// What happens to a change when the registry does not answer.
enum class Undelivered {
  Fails,  // the world's error goes on to the officer; so does that earlier changes wait
  Waits,  // it is queued
  Ahead,  // it is queued at once: the officer said that there is no network
};

// The registry behind the queue. While something waits, nothing overtakes it.
class QueuedRegistry final : public cases::RegistryClient {
 public:
  QueuedRegistry(cases::RegistryClient& live, RegistryQueue queue, std::filesystem::path lock_file, Undelivered mode)
      : live_(live), queue_(std::move(queue)), lock_file_(std::move(lock_file)), mode_(mode) {}

  std::string answer(const std::string& number, const std::string& case_id) override;
  base::Findings mark(const std::string& number, const std::string& case_id, bool open) override;
  base::Findings record_card(const std::string& number, const std::string& case_id,
                             const cases::DeliveredCard& card) override;
  base::Findings record_approvals(const std::string& number, const std::string& case_id,
                                  const std::string& approvals) override;
  base::Findings report_lost(const std::string& number, const std::string& serial) override;
  base::Findings revoke_card(const std::string& number, const std::string& serial) override;
  // Neither waits: a status of yesterday says nothing, and a correction is asked for where somebody can decide on it.
  cases::NumberStatus status(const std::string& number) override { return live_.status(number); }
  base::Findings request_correction(const std::string& number, const std::string& case_id,
                                    const cases::WantedCorrection& wanted) override {
    return live_.request_correction(number, case_id, wanted);
  }

 private:
  base::Findings tell_or_queue(const Change& change);
  cases::RegistryClient& live_;
  RegistryQueue queue_;
  std::filesystem::path lock_file_;
  Undelivered mode_;
};

}  // namespace station
