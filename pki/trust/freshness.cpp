#include "pki/trust/freshness.h"

#include <algorithm>

namespace trust {

namespace {

Freshness freshness_of(const RevocationList& list, const Policy& policy, base::Moment as_of) {
  if (as_of < list.this_update) return Freshness::Unknown;
  if (as_of <= list.next_update) return Freshness::Fresh;
  const bool in_grace = !policy.crl_grace || as_of <= list.next_update + *policy.crl_grace;
  return in_grace ? Freshness::StaleWarn : Freshness::StaleRefuse;
}

// The better of two lists of a CSCA; any list is better than none.
bool better(Freshness a, Freshness b) {
  constexpr auto rank = [](Freshness f) { return f == Freshness::Unknown ? 4 : static_cast<int>(f); };
  return rank(a) < rank(b);
}

}  // namespace

RevocationAnswer ask_revocation(const TrustStore::State& trust, const Anchor& issuer, const base::Bytes& serial,
                                base::Moment as_of) {
  RevocationAnswer answer;
  for (const RevocationList& list : trust.revocation_lists) {
    const bool speaks = std::ranges::any_of(
        list.members, [&](std::size_t member) { return trust.authorities.same(member, issuer.member); });
    if (!speaks) continue;
    answer.revoked = answer.revoked || std::ranges::binary_search(list.serials, serial);
    if (distrusted_since(trust, list.signer, as_of)) continue;  // it may say too little, and revokes all the same
    const Freshness its = freshness_of(list, trust.policy, as_of);
    if (better(its, answer.freshness)) answer.freshness = its;
  }
  return answer;
}

}  // namespace trust
