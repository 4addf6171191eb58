#include "smartcard/personalization/block_size.h"

#include <algorithm>

namespace personalization {

namespace {

constexpr std::size_t kAesBlock = 16;

std::size_t blocks_in(std::size_t size) {
  return (size + 1) / kAesBlock;
}

std::size_t of_blocks(std::size_t blocks) {
  return blocks == 0 ? 0 : blocks * kAesBlock - 1;
}

std::size_t whole_blocks(std::size_t size) {
  return of_blocks(blocks_in(size));
}

}  // namespace

std::size_t largest_block(const Profile& profile, bool extended) {
  return whole_blocks(extended ? profile.store_data.block_extended : profile.store_data.block_short);
}

BlockSearch::BlockSearch(const Profile& profile, bool extended, KnownBlock known)
    : first_(std::min(largest_block(profile, false), largest_block(profile, extended))),
      largest_(largest_block(profile, extended)),
      known_{.proven = std::min(whole_blocks(known.proven), largest_), .refused = whole_blocks(known.refused)} {
  if (known_.refused > largest_ || known_.refused <= known_.proven) known_.refused = 0;
}

std::optional<std::size_t> BlockSearch::next() const {
  if (known_.refused == 0) {
    if (known_.proven < first_) return first_;
    return known_.proven < largest_ ? std::optional(largest_) : std::nullopt;
  }
  const std::size_t middle = (blocks_in(known_.proven) + blocks_in(known_.refused)) / 2;
  return middle == blocks_in(known_.proven) ? std::nullopt : std::optional(of_blocks(middle));
}

void BlockSearch::tried(std::size_t size, bool arrived) {
  (arrived ? known_.proven : known_.refused) = size;
}

}  // namespace personalization
