#pragma once
// The Merkle tree of a log that only grows: its root after each entry, from the roots of its full subtrees alone.

#include <cstddef>
#include <vector>

#include "pki/base/core/bytes.h"

namespace evidence {

base::Bytes node_hash(base::ByteView left, base::ByteView right);  // RFC 6962 §2.1: SHA-256(01 ‖ left ‖ right)

class Frontier {
 public:
  void add(base::Bytes leaf_hash);
  base::Bytes root() const;  // equals merkle_root over all leaves added
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
  std::vector<base::Bytes> peaks_;  // one for each bit set in size_, the largest subtree first
};

}  // namespace evidence
