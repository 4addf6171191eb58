#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "pki/base/core/error.h"
#include "pki/evidence/log.h"
#include "pki/evidence/log_files.h"
#include "pki/evidence/merkle.h"

namespace evidence {

namespace {

// A checkpoint and where it was seen, for the findings.
struct Seen {
  Checkpoint checkpoint;
  std::string where;
};

class Verification {
 public:
  Verification(const std::filesystem::path& folder, base::ByteView owner) : paths_(folder), owner_(owner) {}

  base::Findings run(const std::vector<std::string>& witnessed) {
    read_checkpoints();
    for (std::size_t i = 0; i < witnessed.size(); ++i) {
      take(open_checkpoint(witnessed[i], owner_), fmt::format("witnessed checkpoint {}", i + 1));
    }
    std::ranges::stable_sort(seen_, {}, [](const Seen& s) { return s.checkpoint.size; });
    read_entries();
    for (; next_ < seen_.size(); ++next_) {
      findings_.fail("LOG_TAIL_CUT", seen_[next_].where,
                     fmt::format("It counts {} entries and {} are there: the end of the log was cut off.",
                                 seen_[next_].checkpoint.size, tree_.size()));
    }
    const std::size_t covered = seen_.empty() ? 0 : seen_.back().checkpoint.size;
    if (covered < tree_.size()) {
      findings_.warn("LOG_TAIL_UNSIGNED", "log.jsonl",
                     fmt::format("The last {} entries are under no checkpoint yet.", tree_.size() - covered));
    }
    return std::move(findings_);
  }

 private:
  void take(std::optional<Checkpoint> checkpoint, std::string where) {
    if (!checkpoint) {
      findings_.fail("LOG_CHECKPOINT_SIGNATURE", where, "It is no checkpoint signed by the log's owner.");
    } else {
      seen_.push_back({std::move(*checkpoint), std::move(where)});
    }
  }

  void read_checkpoints() {
    if (!std::filesystem::exists(paths_.checkpoints)) return;  // then every entry is unsigned, which is said
    LineFile file(paths_.checkpoints, LineFile::Mode::Read);
    std::size_t number = 0;
    std::size_t last_size = 0;
    while (const auto line = file.next()) {
      std::string where = fmt::format("checkpoints.jsonl line {}", ++number);
      const auto jws = jws_of_checkpoint_line(*line);
      auto checkpoint = jws ? open_checkpoint(*jws, owner_) : std::nullopt;
      if (checkpoint && checkpoint->size < last_size)
        findings_.fail("LOG_CHECKPOINT_ORDER", where, "It counts fewer entries than the one before it.");
      if (checkpoint) last_size = checkpoint->size;
      take(std::move(checkpoint), std::move(where));
    }
    if (file.has_rest()) torn("checkpoints.jsonl");
  }

  void read_entries() {
    compare_roots();
    // Who removes the entries and leaves what signs them has cut the log, to nothing.
    if (!seen_.empty() && !std::filesystem::exists(paths_.entries)) return;
    LineFile file(paths_.entries, LineFile::Mode::Read);
    while (const auto line = file.next()) {
      if (!parse_entry(*line, tree_.size())) {
        findings_.fail("LOG_ENTRY_MALFORMED", fmt::format("log.jsonl line {}", tree_.size() + 1),
                       "It is no canonical entry with this number.");
      }
      tree_.add(leaf_hash(base::view_of(*line)));
      compare_roots();
    }
    if (file.has_rest()) torn("log.jsonl");
  }

  // All checkpoints that count as many entries as have been read.
  void compare_roots() {
    if (next_ == seen_.size() || seen_[next_].checkpoint.size != tree_.size()) return;
    const base::Bytes root = tree_.root();
    for (; next_ < seen_.size() && seen_[next_].checkpoint.size == tree_.size(); ++next_) {
      if (seen_[next_].checkpoint.root != root) {
        findings_.fail("LOG_ROOT_MISMATCH", seen_[next_].where,
                       fmt::format("The first {} entries are not those that were signed.", tree_.size()));
      }
    }
  }

  void torn(std::string_view file) {
    findings_.warn("LOG_TAIL_TORN", std::string(file),
                   "Its last line is unfinished (a power cut); the next program that opens the log drops it.");
  }

  LogPaths paths_;
  base::ByteView owner_;
  base::Findings findings_;
  std::vector<Seen> seen_;
  std::size_t next_ = 0;  // of seen_: the first whose root has not been compared
  Frontier tree_;
};

}  // namespace

base::Findings verify_log(const std::filesystem::path& folder, base::ByteView owner_public_key,
                          const std::vector<std::string>& witnessed) {
  return Verification(folder, owner_public_key).run(witnessed);
}

void each_entry(const std::filesystem::path& folder, const std::function<void(const nlohmann::json&)>& show) {
  LineFile file(LogPaths(folder).entries, LineFile::Mode::Read);
  for (std::size_t index = 0;; ++index) {
    const auto line = file.next();
    if (!line) return;
    const auto entry = parse_entry(*line, index);
    if (!entry) {
      throw base::Error(base::Fault::TreatAsAttack, "reading the audit log",
                        fmt::format("line {} is no entry; verify the log", index + 1));
    }
    show(*entry);
  }
}

}  // namespace evidence
