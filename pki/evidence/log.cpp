#include "pki/evidence/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>

#include "pki/base/core/error.h"
#include "pki/evidence/log_files.h"
#include "pki/evidence/merkle.h"
#include "pki/evidence/statement.h"

namespace evidence {

namespace {

[[noreturn]] void attack(const std::filesystem::path& folder, const std::string& seen) {
  throw base::Error(base::Fault::TreatAsAttack, "opening the audit log",
                    fmt::format("{}: {}; stop, keep everything and report it", folder.string(), seen));
}

// "order.signed": lower-case words joined by '.', with '-' inside a word.
bool is_event(std::string_view event) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  return !event.empty() && std::ranges::all_of(event, allowed);
}

}  // namespace

struct Log::State {
  State(const std::filesystem::path& where, const keystore::SigningKey& owner, const base::Clock& time)
      : folder(where),
        paths(where),
        key(owner),
        clock(time),
        entries(paths.entries, LineFile::Mode::Append),
        checkpoints(paths.checkpoints, LineFile::Mode::Append) {}

  // Takes in what other processes appended since; under the lock. Between two calls the file may only grow.
  void catch_up(const std::optional<Checkpoint>& expected);
  std::optional<Checkpoint> last_checkpoint();
  std::size_t append(std::string_view event, const nlohmann::json& data);

  std::filesystem::path folder;
  LogPaths paths;
  const keystore::SigningKey& key;
  const base::Clock& clock;
  LineFile entries;
  LineFile checkpoints;
  Frontier tree;
  std::mutex threads;
};

std::optional<Checkpoint> Log::State::last_checkpoint() {
  std::optional<std::string> last;
  while (auto line = checkpoints.next()) last = std::move(line);
  if (checkpoints.has_rest()) checkpoints.cut_here();  // unfinished, so nobody was given it
  if (!last) return std::nullopt;
  const auto jws = jws_of_checkpoint_line(*last);
  auto checkpoint = jws ? open_checkpoint(*jws, key.public_key_named()) : std::nullopt;
  if (!checkpoint) attack(folder, "the last checkpoint is not signed by this log's key");
  return checkpoint;
}

void Log::State::catch_up(const std::optional<Checkpoint>& expected) {
  if (entries.size() < entries.position()) attack(folder, "entries were cut off while the log was open");
  while (const auto line = entries.next()) {
    // Entries under a checkpoint are held by its root; those behind it have only their form and number.
    if ((!expected || tree.size() >= expected->size) && !parse_entry(*line, tree.size()))
      attack(folder, fmt::format("line {} is no entry of this log", tree.size() + 1));
    tree.add(leaf_hash(base::view_of(*line)));
    if (expected && tree.size() == expected->size && tree.root() != expected->root)
      attack(folder, fmt::format("the first {} entries are not those of the last checkpoint", expected->size));
  }
  if (expected && tree.size() < expected->size) {
    attack(folder,
           fmt::format("{} entries stand there and the last checkpoint counts {}", tree.size(), expected->size));
  }
  if (!entries.has_rest()) return;
  const std::uint64_t unfinished = entries.size() - entries.position();
  entries.cut_here();
  append("log.repaired", {{"unfinished_bytes", unfinished}});
}

std::size_t Log::State::append(std::string_view event, const nlohmann::json& data) {
  const std::size_t index = tree.size();
  const std::string line = entry_line(index, clock.now(), event, data);
  base::ensure(line.size() < kLongestLine, "an entry of the log is shorter than a line may be");
  entries.append(line);
  tree.add(leaf_hash(base::view_of(line)));
  return index;
}

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}
Log::Log(Log&&) noexcept = default;
Log::~Log() = default;

Log Log::open(const std::filesystem::path& folder, const keystore::SigningKey& key, const base::Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    throw base::Error(base::Fault::FixConfiguration, "opening the audit log",
                      fmt::format("{}: {}", folder.string(), error.message()));
  }
  const FolderLock lock(LogPaths(folder).lock);
  auto state = std::make_unique<State>(folder, key, clock);
  state->catch_up(state->last_checkpoint());
  return Log(std::move(state));
}

std::size_t Log::append(std::string_view event, nlohmann::json data) {
  base::ensure(is_event(event), "an event is lower-case words joined by dots");
  const std::lock_guard alone(state_->threads);
  const FolderLock lock(state_->paths.lock);
  state_->catch_up(std::nullopt);
  return state_->append(event, data);
}

std::string Log::checkpoint() {
  const std::lock_guard alone(state_->threads);
  const FolderLock lock(state_->paths.lock);
  state_->catch_up(std::nullopt);
  state_->last_checkpoint();  // moves to the end of the file, past what others wrote
  std::string jws = sign_statement(
      "checkpoint", checkpoint_payload(state_->tree.size(), state_->tree.root(), state_->clock.now()), state_->key);
  state_->checkpoints.append(checkpoint_line(jws));
  return jws;
}

std::size_t Log::size() const {
  const std::lock_guard alone(state_->threads);
  return state_->tree.size();
}

}  // namespace evidence
