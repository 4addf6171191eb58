#pragma once
// Passive authentication (ICAO Doc 9303-11 §5.1) with OpenSSL: SOD signature, chain to a trusted CSCA, hashes of the
// data groups. A judgement, so it returns findings and never throws because a card is false.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/trust/status_list.h"
#include "pki/trust/trust_store.h"

namespace sod::judge {

struct PassiveAuthentication {
  base::Findings findings;                   // no finding of severity fail: passed
  std::map<int, base::Bytes> signed_hashes;  // data groups that the SOD lists (also when it failed)
  base::Bytes signer_certificate;            // DER of the document signer, empty when there is none
  std::string signer_subject;
  std::vector<std::string> document_types;   // of the signer's documentTypeList: "ID", "P"…
  std::vector<std::string> issuing_states;   // state codes in the signer's SubjectAltName: "VNM"
  std::string lds_version, unicode_version;  // of a version 1 security object, else empty
  bool passed() const { return !findings.failed(); }
};

// data_groups: number -> whole file content as read (bytes after the TLV are padding and are not hashed). Groups that
// were not read (access refused) are left out by the caller; a group that is present and not listed is DGn_NOT_IN_SOD.
// Codes of the object itself: SOD_ENCODING, SOD_TRAILING_BYTES (warn), SOD_LONG_LENGTH (warn), SOD_VERSION,
// SOD_DIGEST_ALGORITHMS, SOD_SIGNER_COUNT, SOD_CONTENT_TYPE, SOD_SIGNED_ATTRIBUTES, SOD_CONTENT_TYPE_MISMATCH,
// SOD_MESSAGE_DIGEST, SOD_SIGNATURE_ALGORITHM, SOD_SIGNATURE, WEAK_DIGEST, DS_MISSING, SOD_OUTSIDE_DS_USAGE (note);
// those of signer_certificate.h and security_object.h besides. With a status list of the signer's State also CARD_LOST,
// CARD_REVOKED, CARD_EXCHANGED, CARD_STATUS_STALE (warn), and CARD_STATUS_TOO_OLD, which leaves the question open.
PassiveAuthentication passive_authentication(base::ByteView ef_sod, const std::map<int, base::Bytes>& data_groups,
                                             const trust::TrustStore& trust, base::Moment as_of);

// EF.CardSecurity (9303-10 §3.11.4), signed as an EF.SOD is: without a finding of severity fail, what it says is
// authentic. Codes as of passive_authentication().
base::Findings judge_card_security(base::ByteView file, const trust::TrustStore& trust, base::Moment as_of);

// How a status list names the card that carries this EF.SOD; nullopt: it cannot be read.
std::optional<trust::CardId> card_id(base::ByteView ef_sod);

// The data groups that the SOD lists, unjudged: what a reader has to fetch before it can judge. Empty when the SOD
// cannot be read.
std::vector<int> listed_data_groups(base::ByteView ef_sod);

}  // namespace sod::judge
