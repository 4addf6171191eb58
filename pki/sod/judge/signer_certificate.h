#pragma once
// The document signer's certificate, judged: its profile (9303-12 §7.1 Table 6), its path to an anchor (App. D: one
// step), its revocation (§4.1.5). One signature is verified here, the certificate's own; anchors were checked at load.

#include <string>
#include <vector>

#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/trust/trust_store.h"

namespace sod::judge {

// Findings: DS_EXPIRED, DS_NOT_YET_VALID, DS_KEY_USAGE, DS_EXTENDED_KEY_USAGE, DS_IS_CA, DS_CURVE,
// DS_DOCUMENT_TYPE_ABSENT (warn), CSCA_NOT_TRUSTED, NO_TRUST_ANCHOR, DS_SIGNATURE, DS_CERTIFICATE, WEAK_DIGEST,
// WEAK_KEY, CSCA_EXPIRED (warn), DS_OUTSIDE_CSCA_USAGE (note), DS_REVOKED, REVOCATION_UNKNOWN (warn, or note when no
// list was given); with a policy REVOCATION_STALE (warn), REVOCATION_TOO_OLD and CLOCK_BELOW_FLOOR, which leave the
// question open.
base::Findings judge_signer_certificate(X509* signer, const trust::TrustStore& trust, base::Moment as_of);

// documentTypeList (9303-12 §7.1.1.6): "ID", "P"…; empty when absent or unreadable.
std::vector<std::string> document_types(X509* signer);

// localityName in the directory names of SubjectAltName: the state's code as in the MRZ (9303-12 §7.1.1.2).
std::vector<std::string> state_codes(X509* signer);

// Whether `moment` lies outside the certificate's PrivateKeyUsagePeriod; false when it has none.
bool outside_key_usage_period(X509* certificate, base::Moment moment);

// The subject in RFC 2253 form, UTF-8.
std::string subject_text(X509* certificate);

}  // namespace sod::judge
