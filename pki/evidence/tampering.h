#pragma once
// What was done to a log whose entries are no longer those that were signed, as far as the entries themselves can
// tell. Each of the seven ways has its own reason (docs/formats/log.md); where the tamperer numbered the entries anew,
// the reason is proven: undoing that one act gives the root that was signed.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "pki/base/core/finding.h"
#include "pki/evidence/log_files.h"
#include "pki/evidence/merkle.h"

namespace evidence {

// The last point up to which all is well.
struct SoundPart {
  Frontier tree;
  std::uint64_t end = 0;  // offset in log.jsonl
};

// A program writes a handful of entries between two checkpoints.
inline constexpr std::size_t kLongestSpan = 64;

struct Broken {
  SoundPart sound;
  std::optional<Checkpoint> next;  // the first one that the entries do not fit; nullopt: none stands behind them
  std::optional<Checkpoint> far;   // the last one within kLongestSpan entries: so far undoing is tried
  std::size_t signed_size = 0;     // entries that the owner's last checkpoint counts
};

// One failing finding: LOG_ENTRY_MALFORMED, LOG_ENTRY_DELETED, LOG_ENTRY_INSERTED, LOG_ENTRY_REPLAYED,
// LOG_ENTRIES_REORDERED, LOG_ENTRIES_SWAPPED, LOG_TAIL_CUT, or LOG_ROOT_MISMATCH (content was edited).
base::Finding name_tampering(const std::filesystem::path& entries, const Broken& broken);

}  // namespace evidence
