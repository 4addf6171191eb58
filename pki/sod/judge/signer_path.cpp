#include "pki/sod/judge/signer_path.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/sod/judge/signer_certificate.h"

namespace sod::judge {

namespace {

using trust::Anchor;

constexpr const char* kWhere = "document signer certificate";

base::Bytes authority_key_id(X509* certificate) {
  const ASN1_OCTET_STRING* const id = X509_get0_authority_key_id(certificate);
  if (id == nullptr) return {};
  return {ASN1_STRING_get0_data(id), ASN1_STRING_get0_data(id) + ASN1_STRING_length(id)};
}

// 9303-12 App. D.1.1.1: the anchor that bears the issuer's name and the key identifier the certificate names. Where
// several are left (or the certificate names none), the one whose key verifies it.
const Anchor* choose_anchor(X509* signer, const std::vector<Anchor>& anchors) {
  const base::Bytes wanted = authority_key_id(signer);
  std::vector<const Anchor*> fitting;
  for (const Anchor& anchor : anchors) {
    if (X509_NAME_cmp(X509_get_issuer_name(signer), X509_get_subject_name(anchor.certificate.get())) != 0) continue;
    const bool can_differ = wanted.empty() || anchor.key_id.empty();
    if (can_differ || wanted == anchor.key_id) fitting.push_back(&anchor);
  }
  if (fitting.empty()) return nullptr;
  if (fitting.size() == 1 && !wanted.empty()) return fitting.front();
  const auto by_trial = std::ranges::find_if(fitting, [signer](const Anchor* anchor) {
    return X509_verify(signer, X509_get0_pubkey(anchor->certificate.get())) == 1;
  });
  crypto::openssl::drain_errors();
  if (by_trial != fitting.end()) return *by_trial;
  return wanted.empty() ? nullptr : fitting.front();
}

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
    default:
      return findings.fail(
          "DS_CERTIFICATE", kWhere,
          fmt::format("The certificate cannot be accepted: {}.", X509_verify_cert_error_string(error)));
  }
}

// OpenSSL refuses explicit EC parameters, which 9303-12 §4.1.6.3 demands: let through where they equal a standardized
// curve. Dates are judged apart, so that an expired certificate's signature is still evaluated. Everything else is a
// finding, and the check goes on.
int on_path_error(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const int error = X509_STORE_CTX_get_error(context);
  X509* const certificate = X509_STORE_CTX_get_current_cert(context);
  const bool standard_curve = error == X509_V_ERR_EC_KEY_EXPLICIT_PARAMS && certificate != nullptr &&
                              X509_get0_pubkey(certificate) != nullptr &&
                              crypto::openssl::has_standard_parameters(X509_get0_pubkey(certificate));
  const bool date = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (!standard_curve && !date) record(error, *static_cast<base::Findings*>(X509_STORE_CTX_get_app_data(context)));
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

void verify_path(X509* signer, const Anchor& anchor, base::Moment as_of, base::Findings& findings) {
  const crypto::openssl::X509StoreCtxPtr context(X509_STORE_CTX_new());
  base::ensure(context && X509_STORE_CTX_init(context.get(), anchor.store.get(), signer, nullptr) == 1,
               "a path check can be prepared");
  X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, as_of.time_since_epoch().count());
  X509_VERIFY_PARAM_set_depth(parameters, 1);
  X509_VERIFY_PARAM_set_auth_level(parameters, 2);  // 112 bits: no SHA-1, no RSA below 2048
  X509_STORE_CTX_set_app_data(context.get(), &findings);
  X509_STORE_CTX_set_verify_cb(context.get(), on_path_error);
  base::Findings before = findings;
  if (X509_verify_cert(context.get()) != 1 && findings.list() == before.list()) {
    findings.fail("DS_CERTIFICATE", kWhere, "The certificate's path to the CSCA cannot be built.");
  }
  crypto::openssl::drain_errors();
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

void judge_path(X509* signer, const trust::TrustStore::State& trust, base::Moment as_of, base::Findings& findings) {
  if (trust.anchors.empty()) {
    findings.fail("NO_TRUST_ANCHOR", "trust store",
                  "No CSCA certificate was given, so the signer cannot be judged; name one with --csca.");
    return;
  }
  const Anchor* const anchor = choose_anchor(signer, trust.anchors);
  if (anchor == nullptr) {
    findings.fail("CSCA_NOT_TRUSTED", kWhere, "The document signer was certified by a CSCA that is not trusted here.");
    return;
  }
  verify_path(signer, *anchor, as_of, findings);
  judge_anchor_dates(signer, *anchor, as_of, findings);
}

}  // namespace sod::judge
