#pragma once
// What the signature of an EF.SOD covers, and whether it verifies (RFC 5652 §5.4–5.6).

#include "pki/base/core/finding.h"
#include "pki/crypto/openssl/handles.h"
#include "pki/sod/judge/signed_data.h"

namespace sod::judge {

// The unsigned frame and the signed attributes. `data` has one signer; content_type: what has to be signed. Findings:
// SOD_VERSION, SOD_DIGEST_ALGORITHMS, WEAK_DIGEST, SOD_CONTENT_TYPE, SOD_SIGNED_ATTRIBUTES, SOD_CONTENT_TYPE_MISMATCH,
// SOD_MESSAGE_DIGEST. Throws asn1::Malformed.
void judge_envelope(const SignedData& data, const asn1::Oid& content_type, base::Findings& findings);

// The signature over the signed attributes. Findings: SOD_SIGNATURE_ALGORITHM, SOD_SIGNATURE, SOD_ENCODING,
// SOD_OUTSIDE_DS_USAGE (note). Throws asn1::Malformed.
void judge_signature(const SignedData& data, X509* certificate, base::Findings& findings);

}  // namespace sod::judge
