#include "pki/sod/judge/signer_path.h"

#include <fmt/format.h>

#include "pki/sod/judge/signer_certificate.h"
#include "pki/trust/path.h"

namespace sod::judge {

namespace {

using trust::Anchor;

constexpr const char* kWhere = "document signer certificate";

void record(int error, base::Findings& findings) {
  switch (error) {
    case X509_V_ERR_EC_KEY_EXPLICIT_PARAMS:
      return findings.fail("DS_CURVE", kWhere, "The key does not lie on a standardized curve.");
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return findings.fail("DS_SIGNATURE", kWhere,
                           "The certificate names a trusted CSCA, and that CSCA's key has not signed it.");
    case X509_V_ERR_CA_MD_TOO_WEAK:
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
      return findings.fail(error == X509_V_ERR_CA_MD_TOO_WEAK ? "WEAK_DIGEST" : "WEAK_KEY", kWhere,
                           "The certificate's signature or key is too weak to be relied on.");
    case X509_V_ERR_UNSPECIFIED:
      return findings.fail("DS_CERTIFICATE", kWhere, "The certificate's path to the CSCA cannot be built.");
    default:
      return findings.fail(
          "DS_CERTIFICATE", kWhere,
          fmt::format("The certificate cannot be accepted: {}.", X509_verify_cert_error_string(error)));
  }
}

// The anchor's own dates do not end the trust in what it has signed (App. D.1): they are told, not judged.
void judge_anchor_dates(X509* signer, const Anchor& anchor, base::Moment as_of, base::Findings& findings) {
  const auto to = trust::moment_of(X509_get0_notAfter(anchor.certificate.get()));
  if (to && as_of > *to) {
    findings.warn("CSCA_EXPIRED", "CSCA certificate",
                  fmt::format("The CSCA certificate ended at {}.", base::to_rfc3339(*to)));
  }
  const auto issued = trust::moment_of(X509_get0_notBefore(signer));
  if (issued && outside_key_usage_period(anchor.certificate.get(), *issued)) {
    findings.note("DS_OUTSIDE_CSCA_USAGE", kWhere,
                  "The certificate begins outside the time in which the CSCA used its key.");
  }
}

}  // namespace

const Anchor* judge_path(X509* signer, const trust::TrustStore::State& trust, base::Moment as_of,
                         base::Findings& findings) {
  if (trust.anchors.empty()) {
    findings.fail("NO_TRUST_ANCHOR", "trust store",
                  "No CSCA certificate was given, so the signer cannot be judged; name one with --csca.");
    return nullptr;
  }
  const Anchor* const anchor = trust::choose_anchor(signer, trust.anchors);
  if (anchor == nullptr) {
    findings.fail("CSCA_NOT_TRUSTED", kWhere, "The document signer was certified by a CSCA that is not trusted here.");
    return nullptr;
  }
  for (const int error : trust::path_errors(signer, *anchor, as_of)) record(error, findings);
  if (const auto since = trust::distrusted_since(trust, X509_get0_pubkey(anchor->certificate.get()), as_of)) {
    findings.fail("CSCA_DISTRUSTED", "CSCA certificate",
                  fmt::format("The CSCA is distrusted here since {}.", base::to_rfc3339(*since)));
  }
  judge_anchor_dates(signer, *anchor, as_of, findings);
  return anchor;
}

}  // namespace sod::judge
