#pragma once
// Is this certificate good under these anchors on that day, and what may its holder read? Paths are built from whatever
// is at hand, link certificates too, and checked as a chip does (9303-11 §7.1, TR-03110-3 C.3), plus what a chip cannot
// see. Judging a false certificate never throws.

#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/cvc/format/certificate.h"

namespace cvc::judge {

inline constexpr std::size_t kLongestPath = 16;  // certificates; links included

struct Judgement {
  base::Findings findings;
  std::vector<format::Certificate> path;  // anchor first, the judged one last; empty when none was found
  format::Chat effective;                 // the last one's role with the rights that the whole path has
  bool good() const { return !path.empty() && !findings.failed(); }
};

// anchors: CVCA certificates that are trusted as they stand, with their domain parameters. others: any certificates
// that may lie between, in any order. Findings of severity fail:
//   CVC_ISSUER_UNKNOWN        nobody at hand bears the CAR's name, so no path reaches an anchor
//   CVC_SIGNATURE             somebody does, and did not sign it (or its key cannot be used)
//   CVC_NOT_YET_VALID, CVC_EXPIRED
//   CVC_ROLE_ORDER            only: CVCA over CVCA (link) and DV, DV over terminal
//   CVC_TERMINAL_TYPE         inspection system, authentication and signature terminal mixed in one path
//   CVC_SAME_ALGORITHM        algorithm or key size changes below a CVCA
//   CVC_DOMAIN_PARAMETERS     a DV's or terminal's key brings parameters of its own
// warn: CVC_RIGHTS_NOT_WIDER  a right that its issuer has not; it has no effect
Judgement judge_chain(const format::Certificate& judged, const std::vector<format::Certificate>& others,
                      const std::vector<format::Certificate>& anchors, base::Date as_of);

}  // namespace cvc::judge
