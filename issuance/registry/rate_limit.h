#pragma once
// How often a client may ask: a bucket of tokens for each, refilled steadily. Kept in memory; a restart fills the
// buckets.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace registry {

struct Rate {
  double per_second = 0;  // tokens that come back
  double burst = 0;       // tokens that a bucket holds; at least 1
};

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;  // a clock that is set back gives nobody anything

  // Takes one token of this client. nullopt: it was there; else how long to wait for one, at least a second.
  // Several threads may call it.
  std::optional<std::chrono::seconds> take(const std::string& client, const Rate& rate, Time now);

 private:
  struct Bucket {
    double tokens = 0;
    Time filled;
  };
  std::mutex threads_;
  std::unordered_map<std::string, Bucket> buckets_;  // one a known client, so never many
};

}  // namespace registry
