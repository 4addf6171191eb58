#include "pki/evidence/merkle.h"

#include <gtest/gtest.h>

#include "pki/evidence/log.h"
#include "tests/support/vectors.h"

namespace {

using base::Bytes;

class MerkleVectors : public testing::Test {
 protected:
  std::vector<Bytes> first(std::size_t count) const {
    return {hashes_.begin(), hashes_.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  Bytes root(std::size_t size) const { return vectors::hex(json_.at("roots").at(size - 1)); }
  static std::vector<Bytes> proof(const nlohmann::json& item) {
    std::vector<Bytes> out;
    for (const auto& node : item.at("proof")) out.push_back(vectors::hex(node));
    return out;
  }

  void SetUp() override {
    for (const auto& leaf : json_.at("leaves")) hashes_.push_back(evidence::leaf_hash(vectors::hex(leaf)));
  }
  nlohmann::json json_ = vectors::load("evidence.json").at("merkle");
  std::vector<Bytes> hashes_;
};

TEST_F(MerkleVectors, LeavesHashAsInTheReferenceTree) {
  for (std::size_t i = 0; i < hashes_.size(); ++i) EXPECT_EQ(hashes_[i], vectors::hex(json_.at("leaf_hashes").at(i)));
}

TEST_F(MerkleVectors, RootsAreThoseOfTheReferenceTree) {
  EXPECT_EQ(evidence::merkle_root({}), vectors::hex(json_.at("empty_root")));
  evidence::Frontier frontier;
  EXPECT_EQ(frontier.root(), vectors::hex(json_.at("empty_root")));
  for (std::size_t size = 1; size <= hashes_.size(); ++size) {
    EXPECT_EQ(evidence::merkle_root(first(size)), root(size)) << size;
    frontier.add(hashes_[size - 1]);
    EXPECT_EQ(frontier.root(), root(size)) << size;
    EXPECT_EQ(frontier.size(), size);
  }
}

TEST_F(MerkleVectors, InclusionProofsAreThoseOfTheReferenceTree) {
  for (const auto& item : json_.at("inclusion")) {
    const std::size_t index = item.at("index"), size = item.at("size");
    EXPECT_EQ(evidence::inclusion_proof(first(size), index), proof(item));
    EXPECT_TRUE(evidence::proves_inclusion(hashes_[index], index, size, proof(item), root(size)));
  }
}

TEST_F(MerkleVectors, ConsistencyProofsAreThoseOfTheReferenceTree) {
  for (const auto& item : json_.at("consistency")) {
    const std::size_t old_size = item.at("old"), size = item.at("size");
    EXPECT_EQ(evidence::consistency_proof(first(size), old_size), proof(item));
    EXPECT_TRUE(evidence::proves_consistency(old_size, root(old_size), size, root(size), proof(item)));
  }
}

// Trees of every size up to 33: each proof proves its own claim and no other.
class MerkleTest : public testing::Test {
 protected:
  static constexpr std::size_t kLargest = 33;
  void SetUp() override {
    for (std::size_t i = 0; i < kLargest; ++i) {
      const auto octet = static_cast<std::uint8_t>(i);
      leaves.push_back(evidence::leaf_hash({&octet, 1}));
    }
    for (std::size_t size = 0; size <= kLargest; ++size) roots.push_back(evidence::merkle_root(first(size)));
  }
  std::vector<Bytes> first(std::size_t count) const {
    return {leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(count)};
  }
  std::vector<Bytes> leaves, roots;
};

TEST_F(MerkleTest, FrontierAgreesWithTheWholeTree) {
  evidence::Frontier frontier;
  for (std::size_t i = 0; i < kLargest; ++i) {
    frontier.add(leaves[i]);
    EXPECT_EQ(frontier.root(), roots[i + 1]);
  }
}

TEST_F(MerkleTest, InclusionIsProvedForThatLeafThatPlaceAndThatTreeOnly) {
  for (std::size_t size = 1; size <= kLargest; ++size) {
    for (std::size_t index = 0; index < size; ++index) {
      auto proof = evidence::inclusion_proof(first(size), index);
      ASSERT_TRUE(evidence::proves_inclusion(leaves[index], index, size, proof, roots[size])) << index << '/' << size;
      const auto proves = [&](std::size_t at, std::size_t of, const Bytes& leaf, const Bytes& root) {
        return evidence::proves_inclusion(leaf, at, of, proof, root);
      };
      EXPECT_FALSE(proves(index, size, leaves[(index + 1) % kLargest], roots[size]));
      EXPECT_FALSE(proves(index, size, leaves[index], roots[size - 1]));
      EXPECT_FALSE(proves(size, size, leaves[index], roots[size]));
      if (size > 1) {
        EXPECT_FALSE(proves((index + 1) % size, size, leaves[index], roots[size]));
      }
      proof.push_back(leaves[0]);
      EXPECT_FALSE(proves(index, size, leaves[index], roots[size]));
      proof.pop_back();
      if (proof.empty()) continue;
      proof.back()[7] ^= 1;
      EXPECT_FALSE(proves(index, size, leaves[index], roots[size]));
      proof.pop_back();
      EXPECT_FALSE(proves(index, size, leaves[index], roots[size]));
    }
  }
}

TEST_F(MerkleTest, ConsistencyIsProvedForThoseTwoTreesOnly) {
  for (std::size_t size = 1; size <= kLargest; ++size) {
    for (std::size_t old = 0; old <= size; ++old) {
      auto proof = evidence::consistency_proof(first(size), old);
      ASSERT_TRUE(evidence::proves_consistency(old, roots[old], size, roots[size], proof)) << old << '/' << size;
      EXPECT_FALSE(evidence::proves_consistency(old, leaves[1], size, roots[size], proof));
      if (old > 0) {
        EXPECT_FALSE(evidence::proves_consistency(old, roots[old], size, leaves[1], proof));
      }
      EXPECT_FALSE(evidence::proves_consistency(size + 1, roots[old], size, roots[size], proof));
      proof.push_back(leaves[0]);
      EXPECT_FALSE(evidence::proves_consistency(old, roots[old], size, roots[size], proof));
      proof.pop_back();
      if (proof.empty()) continue;
      proof.front()[7] ^= 1;
      EXPECT_FALSE(evidence::proves_consistency(old, roots[old], size, roots[size], proof));
    }
  }
}

}  // namespace
