#pragma once
// Passive authentication (ICAO Doc 9303-11 §5.1) with OpenSSL: SOD signature, chain to a trusted CSCA, hashes of the
// data groups. A judgement, so it returns findings and never throws because a card is false.

#include <map>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/trust_store.h"

namespace sod::judge {

struct PassiveAuthentication {
  base::Findings findings;                   // no finding of severity fail: passed
  std::map<int, base::Bytes> signed_hashes;  // data groups that the SOD lists (also when it failed)
  base::Bytes signer_certificate;            // DER of the document signer, empty when there is none
  std::string signer_subject;
  bool passed() const { return !findings.failed(); }
};

// data_groups: number -> whole file content as read (bytes after the TLV are padding and are not hashed). Groups that
// were not read (access refused) are left out by the caller; a group that is present and not listed is DGn_NOT_IN_SOD.
PassiveAuthentication passive_authentication(base::ByteView ef_sod, const std::map<int, base::Bytes>& data_groups,
                                             const trust::TrustStore& trust, base::Moment as_of);

}  // namespace sod::judge
