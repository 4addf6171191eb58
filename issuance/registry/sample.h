#pragma once
// Synthetic citizens for demonstrations and tests. The same seed and day give the same register, on every machine. No
// real person: the six free digits of every number lie in 990000–999999, and names are drawn word by word.

#include <cstdint>
#include <optional>
#include <string>

#include "issuance/registry/store.h"

namespace registry {

// Numbers of one person of each kind; nullopt when fewer than six persons were made.
struct SampleRoles {
  std::optional<std::string> adult;      // 20 to 55, no card, may have one
  std::optional<std::string> no_expiry;  // past 60, no card: the next one has no end
  std::optional<std::string> child;      // 7 to 12, no card
  std::optional<std::string> dead;
  std::optional<std::string> foreigner;  // lost Vietnamese nationality
  std::optional<std::string> holder;     // holds an active card
};

struct SampleResult {
  std::int64_t persons = 0;
  SampleRoles roles;
};

inline constexpr std::int64_t kLargestSample = 20'000'000;  // beyond, the synthetic range gets crowded

// In batches: one that was cut off is begun anew in a new register. The persons carry a source of their own, two
// invented officers who confirm them. Throws Error{FixConfiguration} when the register holds anybody: sample data are
// never mixed with real ones.
SampleResult make_sample(Store& store, std::int64_t count, std::uint64_t seed, const base::Clock& clock);

}  // namespace registry
