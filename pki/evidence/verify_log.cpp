#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "pki/base/core/error.h"
#include "pki/evidence/log.h"
#include "pki/evidence/log_files.h"
#include "pki/evidence/merkle.h"
#include "pki/evidence/tampering.h"
#include "pki/evidence/witness.h"

namespace evidence {

namespace {

// A checkpoint and where it was seen, for the findings.
struct Seen {
  Checkpoint checkpoint;
  std::string where;
  bool elsewhere = false;  // kept by others, not by the log itself
};

class Verification {
 public:
  Verification(const std::filesystem::path& folder, base::ByteView owner, const Audit& audit)
      : paths_(folder), owner_(owner), audit_(audit) {}

  base::Findings run() {
    read_checkpoints();
    read_what_others_keep();
    std::ranges::stable_sort(seen_, {}, [](const Seen& s) { return s.checkpoint.size; });
    read_entries();
    if (broken_) return std::move(findings_);  // what stands behind the break is not judged
    tell_of_missing_entries();
    tell_of_uncovered_entries();
    return std::move(findings_);
  }

 private:
  void take(std::optional<Checkpoint> checkpoint, std::string where, bool elsewhere) {
    if (!checkpoint) {
      findings_.fail("LOG_CHECKPOINT_SIGNATURE", where, "It is no checkpoint signed by the log's owner.");
      return;
    }
    if (!elsewhere) signed_size_ = std::max(signed_size_, checkpoint->size);
    seen_.push_back({std::move(*checkpoint), std::move(where), elsewhere});
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
      take(std::move(checkpoint), std::move(where), false);
    }
    if (file.has_rest()) torn("checkpoints.jsonl");
  }

  void read_what_others_keep() {
    for (std::size_t i = 0; i < audit_.checkpoints.size(); ++i) {
      take(open_checkpoint(audit_.checkpoints[i], owner_), fmt::format("kept checkpoint {}", i + 1), true);
    }
    for (std::size_t i = 0; i < audit_.cosigned.size(); ++i) {
      take_cosigned(audit_.cosigned[i], fmt::format("the witness's line {}", i + 1));
    }
    if (!std::filesystem::exists(paths_.witnesses)) return;
    LineFile file(paths_.witnesses, LineFile::Mode::Read);
    for (std::size_t number = 1;; ++number) {
      const auto line = file.next();
      if (!line) break;
      take_cosigned(*line, fmt::format("witnesses.jsonl line {}", number));
    }
    if (file.has_rest()) torn("witnesses.jsonl");
  }

  void take_cosigned(std::string_view line, std::string where) {
    auto checkpoint = open_cosigned(line, owner_, audit_.policy);
    if (!checkpoint) {
      findings_.fail("LOG_WITNESS_SIGNATURE", where,
                     "It is no checkpoint of this log that one of its witnesses signed.");
      return;
    }
    witnessed_ = std::max(witnessed_, checkpoint->size);
    take(std::move(checkpoint), std::move(where), true);
  }

  void read_entries() {
    compare_roots();
    const bool there = std::filesystem::exists(paths_.entries);
    // Who removes the entries and leaves what signs them has cut the log, to nothing.
    if (!seen_.empty() && !there) {
      if (signed_size_ > 0) findings_.fail("LOG_TAIL_CUT", "log.jsonl", "The checkpoints are there and no entries.");
      broken_ = signed_size_ > 0;
      return;
    }
    LineFile file(paths_.entries, LineFile::Mode::Read);
    while (const auto line = file.next()) {
      const auto entry = parse_entry(*line, tree_.size());
      if (!entry) return name_break();
      if (tree_.size() == witnessed_) first_unwitnessed_ = entry->at("at").get<std::string>();
      tree_.add(leaf_hash(base::view_of(*line)));
      if (!compare_roots()) return name_break();
      if (next_ > 0 && seen_[next_ - 1].checkpoint.size == tree_.size()) sound_ = {tree_, file.position()};
    }
    if (tree_.size() < signed_size_) return name_break();
    if (file.has_rest()) torn("log.jsonl");
  }

  // All checkpoints that count as many entries as have been read; whether the log's own are right.
  bool compare_roots() {
    if (next_ == seen_.size() || seen_[next_].checkpoint.size != tree_.size()) return true;
    const base::Bytes root = tree_.root();
    const std::size_t first = next_;
    bool forked = false;
    for (; next_ < seen_.size() && seen_[next_].checkpoint.size == tree_.size(); ++next_) {
      if (seen_[next_].checkpoint.root == root) continue;
      if (!seen_[next_].elsewhere) {
        next_ = first;
        return false;
      }
      if (std::exchange(forked, true)) continue;
      findings_.fail("LOG_FORKED", seen_[next_].where,
                     fmt::format("Of the first {} entries the owner signed another history for others.", tree_.size()));
    }
    return true;
  }

  void name_break() {
    broken_ = true;
    Broken broken{sound_, {}, {}, signed_size_};
    for (const Seen& s : seen_) {
      if (s.elsewhere || s.checkpoint.size <= sound_.tree.size()) continue;
      if (!broken.next) broken.next = s.checkpoint;
      if (s.checkpoint.size - sound_.tree.size() <= kLongestSpan) broken.far = s.checkpoint;
    }
    findings_.add(name_tampering(paths_.entries, broken));
  }

  void tell_of_missing_entries() {
    if (next_ == seen_.size()) return;
    findings_.fail("LOG_ROLLED_BACK", seen_.back().where,
                   fmt::format("It counts {} entries and {} are there: the log was put back to an older state.",
                               seen_.back().checkpoint.size, tree_.size()));
  }

  void tell_of_uncovered_entries() {
    if (signed_size_ < tree_.size()) {
      findings_.warn("LOG_TAIL_UNSIGNED", "log.jsonl",
                     fmt::format("The last {} entries are under no checkpoint yet.", tree_.size() - signed_size_));
    }
    if (!audit_.policy || first_unwitnessed_.empty()) return;
    const auto since = base::parse_rfc3339(first_unwitnessed_);
    if (!since || audit_.now - *since <= audit_.policy->unwitnessed) return;
    findings_.fail("LOG_UNWITNESSED", fmt::format("log.jsonl line {}", witnessed_ + 1),
                   fmt::format("It is of {} and no witness has signed it; the policy allows {} hours.",
                               first_unwitnessed_, audit_.policy->unwitnessed.count()));
  }

  void torn(std::string_view file) {
    findings_.warn("LOG_TAIL_TORN", std::string(file),
                   "Its last line is unfinished (a power cut); the next program that opens the log drops it.");
  }

  LogPaths paths_;
  base::ByteView owner_;
  const Audit& audit_;
  base::Findings findings_;
  std::vector<Seen> seen_;
  std::size_t next_ = 0;  // of seen_: the first whose root has not been compared
  std::size_t signed_size_ = 0;
  std::size_t witnessed_ = 0;
  std::string first_unwitnessed_;  // when
  Frontier tree_;
  SoundPart sound_;
  bool broken_ = false;
};

}  // namespace

base::Findings verify_log(const std::filesystem::path& folder, base::ByteView owner_public_key, const Audit& audit) {
  return Verification(folder, owner_public_key, audit).run();
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
