#pragma once
// The anchors that an inspection trusts, loaded and checked once, not per card.

#include <memory>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"

namespace trust {

class TrustStore {
 public:
  TrustStore();
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // A CSCA certificate, DER or PEM. Self-signature and CA bits are checked here, once. Throws Error{FixConfiguration}
  // when the file is not a CSCA certificate (one of ours is wrong, not the card).
  void add_anchor(base::ByteView certificate, const std::string& origin);
  void add_anchor_file(const std::string& path);
  std::size_t size() const;

  struct State;
  const State& state() const { return *state_; }  // for pki/sod/judge

 private:
  std::unique_ptr<State> state_;
};

}  // namespace trust
