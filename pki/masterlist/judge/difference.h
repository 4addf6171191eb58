#pragma once
// What changed between two master lists: who came, who went, and, where a certificate was replaced by another for the
// same CSCA key or under the same number, which of its fields changed.

#include <string>
#include <vector>

#include "pki/masterlist/judge/entry.h"

namespace masterlist::judge {

struct Replacement {
  EntryFields before, after;
  std::vector<std::string> changed;  // names of fields, sorted
};

struct Difference {
  std::vector<EntryFields> came, went;  // in the order of the lists
  std::vector<Replacement> replaced;
  std::size_t same = 0;        // certificates in both, byte by byte
  std::size_t unreadable = 0;  // of both lists, not compared
};

Difference difference(const MasterList& before, const MasterList& after);

}  // namespace masterlist::judge
