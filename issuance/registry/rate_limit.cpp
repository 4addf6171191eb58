#include "issuance/registry/rate_limit.h"

#include <algorithm>
#include <cmath>

namespace registry {

std::optional<std::chrono::seconds> RateLimit::take(const std::string& client, const Rate& rate, Time now) {
  const std::lock_guard alone(threads_);
  const auto [place, is_new] = buckets_.try_emplace(client, Bucket{rate.burst, now});
  Bucket& bucket = place->second;
  const double elapsed = std::max(0.0, std::chrono::duration<double>(now - bucket.filled).count());
  bucket.tokens = std::min(rate.burst, bucket.tokens + elapsed * rate.per_second);
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  const double wait = (1 - bucket.tokens) / rate.per_second;
  return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wait))));
}

}  // namespace registry
