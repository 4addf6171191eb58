#pragma once
// The anchors that an inspection trusts, loaded and checked once, not per card: parsed, self-signature verified, public
// key ready. Revocation lists stand beside them, verified once too.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/status_list.h"

namespace trust {

// How much age is let pass. Without a policy an old list is told and decides nothing.
struct Policy {
  std::optional<std::chrono::hours> crl_grace;  // after the next list was due; nullopt: for ever, with a warning
  std::optional<base::Moment> clock_floor;      // no question is answered as of a moment before it
};

class TrustStore {
 public:
  TrustStore();
  TrustStore(TrustStore&&) noexcept;
  TrustStore& operator=(TrustStore&&) noexcept;
  ~TrustStore();

  // CSCA certificates out of a file as people have it: those that can be anchors are taken, and whatever is odd or left
  // out is a finding (take_apart() and judge_anchor() of pki/trust/anchor.h). Several anchors may have one subject. A
  // link certificate is no anchor (ANCHOR_LINK); it joins two keys to one CSCA, in whatever order they come.
  [[nodiscard]] base::Findings offer_anchors(base::ByteView file, const std::string& origin);

  // The same for a file of our own, where anything wrong is ours to mend: DER, or PEM of one or several. A link
  // certificate comes after the root that signed it. Throws Error{FixConfiguration} with the first thing that is wrong,
  // and takes nothing then.
  void add_anchor(base::ByteView certificate, const std::string& origin);
  void add_anchor_file(const std::string& path);

  // From this moment on nothing is believed that hangs on the key of this certificate (DER), whichever anchor holds it.
  // Asked as of a moment before, it counts as it did then. Throws Error{FixConfiguration} when it is no certificate.
  void distrust(base::ByteView certificate, base::Moment from);
  std::size_t size() const;

  // A certificate revocation list, DER or PEM, of one of the anchors added before (9303-12 §7.1.4). Throws
  // Error{FixConfiguration} when the file is no CRL. A list that no anchor has signed is kept out and counted: the
  // judgement then says that revocation is unknown.
  void add_crl(base::ByteView crl, const std::string& origin);
  void add_crl_file(const std::string& path);

  // Revoked numbers of all lists together, and lists that no anchor has signed.
  std::size_t revoked() const;
  std::size_t unverified_lists() const;

  void set_policy(const Policy& policy);
  const Policy& policy() const;
  // Which cards of its State are no longer good; replaces the list that was there.
  void set_status_list(StatusList list);

  struct State;
  const State& state() const { return *state_; }  // for pki/sod/judge

 private:
  std::unique_ptr<State> state_;
};

}  // namespace trust
