#include "pki/evidence/tampering.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "pki/evidence/log.h"
#include "pki/evidence/statement.h"

namespace evidence {

namespace {

using nlohmann::json;

base::Finding named(std::string code, std::size_t index, std::string text) {
  return {std::move(code), base::Severity::Fail, fmt::format("log.jsonl line {}", index + 1), std::move(text)};
}

base::Finding malformed(std::size_t index) {
  return named("LOG_ENTRY_MALFORMED", index, "It is no canonical entry.");
}
base::Finding deleted(std::size_t index) {
  return named("LOG_ENTRY_DELETED", index, "The entry that was signed here is gone.");
}
base::Finding inserted(std::size_t index) {
  return named("LOG_ENTRY_INSERTED", index, "An entry was put in that was not signed.");
}
base::Finding replayed(std::size_t index) {
  return named("LOG_ENTRY_REPLAYED", index, "An entry of another place stands here a second time.");
}
base::Finding reordered(std::size_t index) {
  return named("LOG_ENTRIES_REORDERED", index, "An entry was moved from its place.");
}

json content_of(const json& entry) {
  return {{"at", entry.at("at")}, {"data", entry.at("data")}, {"event", entry.at("event")}};
}

// --- numbers that are not their places ------------------------------------------------------------------------------

struct Elsewhere {
  bool number = false;              // the wrong number stands at another line too …
  bool identical = false;           // … with the same content
  bool expected = false;            // the number that should have stood here comes later
  std::optional<std::size_t> next;  // number of the line behind
};

Elsewhere look_around(const std::filesystem::path& entries, std::size_t place, const std::string& line,
                      std::size_t number) {
  Elsewhere seen;
  LineFile file(entries, LineFile::Mode::Read);
  for (std::size_t i = 0;; ++i) {
    const auto other = file.next();
    if (!other) return seen;
    const auto entry = parse_any_entry(*other);
    if (!entry || i == place) continue;
    const std::size_t its = number_of(*entry);
    if (its == number) {
      seen.number = true;
      seen.identical = seen.identical || *other == line;
    }
    if (i > place && its == place) seen.expected = true;
    if (i == place + 1) seen.next = its;
  }
}

base::Finding name_wrong_number(const std::filesystem::path& entries, const Broken& broken, std::size_t place,
                                const std::string& line) {
  const auto entry = parse_any_entry(line);
  if (!entry) return malformed(place);
  const Elsewhere seen = look_around(entries, place, line, number_of(*entry));
  const bool others_in_place = seen.next ? *seen.next == place + 1 : broken.signed_size == place + 1;
  if (!seen.expected && others_in_place)
    return named("LOG_ROOT_MISMATCH", place, "The entry is not the one that was signed: its number was changed.");
  if (seen.number) return seen.identical ? replayed(place) : inserted(place);
  return seen.expected ? reordered(place) : deleted(place);
}

// --- numbers that are right over entries that are not ---------------------------------------------------------------

// The entries behind the sound part up to the checkpoint, and the one after it.
class Span {
 public:
  Span(const Frontier& sound, const Checkpoint& expected, const std::vector<json>& entries)
      : sound_(sound), expected_(expected), entries_(entries) {
    hashes_.reserve(entries.size() * signed_entries());
    for (const json& entry : entries) {
      for (std::size_t place = 0; place < signed_entries(); ++place) hashes_.push_back(hash_at(entry, place));
    }
  }

  std::size_t signed_entries() const { return expected_.size - sound_.size(); }
  std::size_t present() const { return entries_.size(); }
  std::size_t start() const { return sound_.size(); }

  // Whether the entries in this order, each with the number of its place, are what was signed.
  bool signed_as(const std::vector<std::size_t>& order) const {
    Frontier tree = sound_;
    for (std::size_t place = 0; place < signed_entries(); ++place) {
      tree.add(hashes_[order[place] * signed_entries() + place]);
    }
    return tree.root() == expected_.root;
  }

 private:
  base::Bytes hash_at(json entry, std::size_t place) const {
    entry["index"] = sound_.size() + place;
    return leaf_hash(base::view_of(canonical(entry)));
  }

  Frontier sound_;
  Checkpoint expected_;
  const std::vector<json>& entries_;
  std::vector<base::Bytes> hashes_;  // of each entry at each place
};

std::vector<std::size_t> in_order(std::size_t count) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) order[i] = i;
  return order;
}

void move_entry(std::vector<std::size_t>& order, std::size_t from, std::size_t to) {
  const std::size_t entry = order[from];
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(from));
  order.insert(order.begin() + static_cast<std::ptrdiff_t>(to), entry);
}

std::optional<base::Finding> undo_swap(const Span& span) {
  for (std::size_t i = 0; i < span.signed_entries(); ++i) {
    for (std::size_t j = i + 1; j < span.signed_entries(); ++j) {
      auto order = in_order(span.signed_entries());
      std::swap(order[i], order[j]);
      if (!span.signed_as(order)) continue;
      return named("LOG_ENTRIES_SWAPPED", span.start() + i,
                   fmt::format("It and line {} exchanged what they say.", span.start() + j + 1));
    }
  }
  return std::nullopt;
}

std::optional<base::Finding> undo_move(const Span& span) {
  for (std::size_t from = 0; from < span.signed_entries(); ++from) {
    for (std::size_t to = 0; to < span.signed_entries(); ++to) {
      auto order = in_order(span.signed_entries());
      move_entry(order, from, to);
      if (from != to && span.signed_as(order)) return reordered(span.start() + from);
    }
  }
  return std::nullopt;
}

bool said_elsewhere(const std::filesystem::path& entries, const json& entry, std::size_t place) {
  const json content = content_of(entry);
  LineFile file(entries, LineFile::Mode::Read);
  for (std::size_t i = 0;; ++i) {
    const auto line = file.next();
    if (!line) return false;
    const auto other = parse_any_entry(*line);
    if (i != place && other && content_of(*other) == content) return true;
  }
}

std::optional<base::Finding> undo_insertion(const std::filesystem::path& entries, const Span& span,
                                            const std::vector<json>& present) {
  if (span.present() <= span.signed_entries()) return std::nullopt;  // nothing moved behind the checkpoint
  for (std::size_t i = 0; i <= span.signed_entries(); ++i) {
    auto order = in_order(span.signed_entries() + 1);
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(i));
    if (!span.signed_as(order)) continue;
    const std::size_t place = span.start() + i;
    return said_elsewhere(entries, present[i], place) ? replayed(place) : inserted(place);
  }
  return std::nullopt;
}

std::size_t count_lines(const std::filesystem::path& entries) {
  LineFile file(entries, LineFile::Mode::Read);
  std::size_t count = 0;
  while (file.next()) ++count;
  return count;
}

base::Finding name_wrong_content(const std::filesystem::path& entries, const Broken& broken,
                                 const std::vector<json>& present, std::size_t count) {
  const Frontier& sound = broken.sound.tree;
  if (broken.far) {
    const Span span(sound, broken.far->size <= count ? *broken.far : *broken.next, present);
    if (auto found = undo_insertion(entries, span, present)) return *found;
    if (auto found = undo_swap(span)) return *found;
    if (auto found = undo_move(span)) return *found;
  }
  if (count < broken.signed_size) return deleted(sound.size());
  return named("LOG_ROOT_MISMATCH", sound.size(),
               fmt::format("From here to entry {} something else was signed: content was changed.", broken.next->size));
}

}  // namespace

base::Finding name_tampering(const std::filesystem::path& entries, const Broken& broken) {
  const std::size_t start = broken.sound.tree.size();
  const std::size_t wanted = broken.far ? broken.far->size - start + 1 : 0;  // and the one behind the checkpoint
  std::vector<json> present;
  LineFile file(entries, LineFile::Mode::Read);
  file.go_to(broken.sound.end);
  for (std::size_t place = start;; ++place) {
    const auto line = file.next();
    if (!line) break;
    auto entry = parse_entry(*line, place);
    if (!entry) return name_wrong_number(entries, broken, place, *line);
    if (present.size() < wanted) present.push_back(std::move(*entry));
  }
  const std::size_t count = count_lines(entries);
  if (!broken.next || count < broken.next->size) {
    return {"LOG_TAIL_CUT", base::Severity::Fail, "log.jsonl",
            fmt::format("The last checkpoint counts {} entries and {} are there: the end of the log was cut off.",
                        broken.signed_size, count)};
  }
  return name_wrong_content(entries, broken, present, count);
}

}  // namespace evidence
