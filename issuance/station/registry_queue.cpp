#include "issuance/station/registry_queue.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "pki/base/core/error.h"

namespace station {

namespace {

constexpr std::size_t kKeyBytes = 16;

nlohmann::json about(const Change& change) {
  return {{"case", change.case_id}, {"change", change.kind}, {"key", change.key}};
}

Change change_of(const db::Statement& row) {
  Change change{.kind = row.text(2),
                .number = row.text(3),
                .case_id = row.text(4),
                .serial = row.text(5),
                .replaces = row.text(6),
                .issued = row.text(7),
                .content = row.text(9),
                .id = row.integer(0),
                .key = row.text(1),
                .codes = {}};
  const std::string codes = row.text(8);
  for (std::size_t at = 0; at < codes.size();) {
    const std::size_t end = std::min(codes.find(' ', at), codes.size());
    change.codes.push_back(codes.substr(at, end - at));
    at = end + 1;
  }
  return change;
}

}  // namespace

base::Findings tell(cases::RegistryClient& registry, const Change& change) {
  if (change.kind == "mark-open") return registry.mark(change.number, change.case_id, true);
  if (change.kind == "mark-closed") return registry.mark(change.number, change.case_id, false);
  if (change.kind == "lost") return registry.report_lost(change.number, change.serial);
  if (change.kind == "revoked") return registry.revoke_card(change.number, change.serial);
  if (change.kind == "approvals") return registry.record_approvals(change.number, change.case_id, change.content);
  base::ensure(change.kind == "card", "a change of a kind that was queued");
  const auto issued = base::parse_iso_date(change.issued);
  base::ensure(issued.has_value(), "a card was queued with its day");
  return registry.record_card(change.number, change.case_id,
                              {.serial = change.serial, .replaces = change.replaces, .issued = *issued});
}

void RegistryQueue::add(const Change& wanted) {
  Change change = wanted;
  change.key = base::to_base64url(random_.bytes(kKeyBytes));
  db::Transaction adding(store_);
  store_
      .prepare(
          "INSERT INTO registry_queue(key, kind, number, case_id, serial, replaces, issued, queued_at, content) "
          "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
      .run(change.key, change.kind, change.number, change.case_id, change.serial, change.replaces, change.issued,
           base::to_rfc3339(clock_.now()), change.content);
  journal_.post("registry.queued", about(change));
  adding.commit();
}

std::optional<Change> RegistryQueue::first() const {
  auto row = store_.prepare(
      "SELECT id, key, kind, number, case_id, serial, replaces, issued, codes, content FROM registry_queue "
      "WHERE codes = '' ORDER BY id LIMIT 1");
  return row.step() ? std::optional(change_of(row)) : std::nullopt;
}

std::int64_t RegistryQueue::waiting() const {
  auto row = store_.prepare("SELECT count(*) FROM registry_queue WHERE codes = ''");
  return row.step() ? row.integer(0) : 0;
}

std::vector<Change> RegistryQueue::refused() const {
  auto row = store_.prepare(
      "SELECT id, key, kind, number, case_id, serial, replaces, issued, codes, content FROM registry_queue "
      "WHERE codes != '' ORDER BY id");
  std::vector<Change> all;
  while (row.step()) all.push_back(change_of(row));
  return all;
}

void RegistryQueue::delivered(const Change& change) {
  db::Transaction leaving(store_);
  if (store_.prepare("DELETE FROM registry_queue WHERE id = ?1").run(change.id) != 1) return;
  journal_.post("registry.delivered", about(change));
  leaving.commit();
}

void RegistryQueue::refused(const Change& change, const std::vector<std::string>& codes) {
  nlohmann::json said = about(change);
  said["codes"] = codes;
  db::Transaction keeping(store_);
  store_.prepare("UPDATE registry_queue SET codes = ?2 WHERE id = ?1")
      .run(change.id, fmt::format("{}", fmt::join(codes, " ")));
  journal_.post("registry.refused", said);
  keeping.commit();
}

base::Findings still_waiting() {
  base::Findings findings;
  findings.note(
      "REGISTRY_QUEUED", "registry",
      "Chưa báo được Cơ sở dữ liệu; sẽ báo khi có mạng / kept for the registry: cccd-station sync delivers it");
  return findings;
}

RegistryTurn::RegistryTurn(const std::filesystem::path& lock_file)
    : file_(::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  while (file_ >= 0 && ::flock(file_, LOCK_EX) != 0) {
    if (errno != EINTR) break;
  }
  if (file_ >= 0) return;
  throw base::Error(base::Fault::FixConfiguration, "waiting for a turn at the registry",
                    fmt::format("{}: {}", lock_file.string(), std::generic_category().message(errno)));
}

RegistryTurn::~RegistryTurn() {
  ::close(file_);  // and with it the lock goes
}

std::string QueuedRegistry::answer(const std::string& number, const std::string& case_id) {
  return live_.answer(number, case_id);
}

base::Findings QueuedRegistry::tell_or_queue(const Change& change) {
  const RegistryTurn turn(lock_file_);
  const std::int64_t waiting = queue_.waiting();
  if (mode_ == Undelivered::Fails && waiting > 0) {
    throw base::Error(base::Fault::AskOperator, "telling the registry",
                      fmt::format("{} earlier changes wait for it; cccd-station sync delivers them first", waiting));
  }
  if (mode_ != Undelivered::Ahead && waiting == 0) {
    try {
      return tell(live_, change);
    } catch (const base::Error& away) {
      if (mode_ == Undelivered::Fails || away.fault() != base::Fault::AskOperator) throw;
    }
  }
  queue_.add(change);
  return still_waiting();
}

base::Findings QueuedRegistry::mark(const std::string& number, const std::string& case_id, bool open) {
  return tell_or_queue({.kind = open ? "mark-open" : "mark-closed", .number = number, .case_id = case_id});
}

base::Findings QueuedRegistry::record_card(const std::string& number, const std::string& case_id,
                                           const cases::DeliveredCard& card) {
  return tell_or_queue({.kind = "card",
                        .number = number,
                        .case_id = case_id,
                        .serial = card.serial,
                        .replaces = card.replaces,
                        .issued = base::to_iso(card.issued)});
}

base::Findings QueuedRegistry::record_approvals(const std::string& number, const std::string& case_id,
                                                const std::string& approvals) {
  return tell_or_queue({.kind = "approvals", .number = number, .case_id = case_id, .content = approvals});
}

base::Findings QueuedRegistry::report_lost(const std::string& number, const std::string& serial) {
  return tell_or_queue({.kind = "lost", .number = number, .case_id = {}, .serial = serial});
}

base::Findings QueuedRegistry::revoke_card(const std::string& number, const std::string& serial) {
  return tell_or_queue({.kind = "revoked", .number = number, .case_id = {}, .serial = serial});
}

}  // namespace station
