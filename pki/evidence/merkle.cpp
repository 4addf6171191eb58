#include "pki/evidence/merkle.h"

#include <bit>
#include <span>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/log.h"

namespace evidence {

namespace {

using base::Bytes;
using base::ByteView;
using Leaves = std::span<const Bytes>;

constexpr std::uint8_t kLeaf = 0x00;
constexpr std::uint8_t kNode = 0x01;

// RFC 6962 §2.1: the largest power of two smaller than n, n ≥ 2.
std::size_t left_part(std::size_t n) {
  return std::bit_floor(n - 1);
}

Bytes root_of(Leaves leaves) {
  if (leaves.size() == 1) return leaves[0];
  const std::size_t k = left_part(leaves.size());
  return node_hash(root_of(leaves.first(k)), root_of(leaves.subspan(k)));
}

// RFC 6962 §2.1.1, PATH(m, D[n])
void path(std::vector<Bytes>& out, std::size_t m, Leaves leaves) {
  if (leaves.size() == 1) return;
  const std::size_t k = left_part(leaves.size());
  if (m < k) {
    path(out, m, leaves.first(k));
    out.push_back(root_of(leaves.subspan(k)));
  } else {
    path(out, m - k, leaves.subspan(k));
    out.push_back(root_of(leaves.first(k)));
  }
}

// RFC 6962 §2.1.2, SUBPROOF(m, D[n], b)
void subproof(std::vector<Bytes>& out, std::size_t m, Leaves leaves, bool complete) {
  if (m == leaves.size()) {
    if (!complete) out.push_back(root_of(leaves));
    return;
  }
  const std::size_t k = left_part(leaves.size());
  if (m <= k) {
    subproof(out, m, leaves.first(k), complete);
    out.push_back(root_of(leaves.subspan(k)));
  } else {
    subproof(out, m - k, leaves.subspan(k), false);
    out.push_back(root_of(leaves.first(k)));
  }
}

}  // namespace

Bytes leaf_hash(ByteView entry) {
  return crypto::openssl::sha256(base::concat({ByteView(&kLeaf, 1), entry}));
}

Bytes node_hash(ByteView left, ByteView right) {
  return crypto::openssl::sha256(base::concat({ByteView(&kNode, 1), left, right}));
}

Bytes merkle_root(const std::vector<Bytes>& leaf_hashes) {
  return leaf_hashes.empty() ? crypto::openssl::sha256({}) : root_of(leaf_hashes);
}

std::vector<Bytes> inclusion_proof(const std::vector<Bytes>& leaf_hashes, std::size_t index) {
  base::ensure(index < leaf_hashes.size(), "a proof is asked for an entry of the log");
  std::vector<Bytes> out;
  path(out, index, leaf_hashes);
  return out;
}

// RFC 9162 §2.1.3.2
bool proves_inclusion(const Bytes& leaf, std::size_t index, std::size_t size, const std::vector<Bytes>& proof,
                      ByteView root) {
  if (index >= size) return false;
  std::size_t fn = index, sn = size - 1;
  Bytes r = leaf;
  for (const Bytes& p : proof) {
    if (sn == 0) return false;
    if (fn % 2 == 1 || fn == sn) {
      r = node_hash(p, r);
      while (fn % 2 == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      r = node_hash(r, p);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && base::equal(r, root);
}

std::vector<Bytes> consistency_proof(const std::vector<Bytes>& leaf_hashes, std::size_t old_size) {
  base::ensure(old_size <= leaf_hashes.size(), "a log is consistent with what it was, not with what it will be");
  std::vector<Bytes> out;
  if (old_size > 0) subproof(out, old_size, leaf_hashes, true);
  return out;
}

// RFC 9162 §2.1.4.2; an empty log is the beginning of every log, with no proof.
bool proves_consistency(std::size_t old_size, ByteView old_root, std::size_t size, ByteView root,
                        const std::vector<Bytes>& proof) {
  if (old_size > size) return false;
  if (old_size == 0) return proof.empty() && base::equal(old_root, crypto::openssl::sha256({}));
  if (old_size == size) return proof.empty() && base::equal(old_root, root);
  if (proof.empty()) return false;
  const bool whole = std::has_single_bit(old_size);  // then the old root itself stands at the path's beginning
  std::size_t fn = old_size - 1, sn = size - 1;
  while (fn % 2 == 1) {
    fn >>= 1;
    sn >>= 1;
  }
  Bytes fr = whole ? Bytes(old_root.begin(), old_root.end()) : proof[0];
  Bytes sr = fr;
  for (std::size_t i = whole ? 0 : 1; i < proof.size(); ++i) {
    if (sn == 0) return false;
    if (fn % 2 == 1 || fn == sn) {
      fr = node_hash(proof[i], fr);
      sr = node_hash(proof[i], sr);
      while (fn % 2 == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      sr = node_hash(sr, proof[i]);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && base::equal(fr, old_root) && base::equal(sr, root);
}

void Frontier::add(Bytes leaf_hash) {
  peaks_.push_back(std::move(leaf_hash));
  for (std::size_t bits = size_; bits % 2 == 1; bits >>= 1) {
    Bytes joined = node_hash(peaks_[peaks_.size() - 2], peaks_.back());
    peaks_.pop_back();
    peaks_.back() = std::move(joined);
  }
  ++size_;
}

Bytes Frontier::root() const {
  if (peaks_.empty()) return crypto::openssl::sha256({});
  Bytes r = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i > 0; --i) r = node_hash(peaks_[i - 1], r);
  return r;
}

}  // namespace evidence
