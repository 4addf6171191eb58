#include <fmt/format.h>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/certificate.h"
#include "pki/masterlist/judge/master_list.h"
#include "pki/trust/path.h"

namespace masterlist::judge {

namespace {

constexpr const char* kWhere = "master list signer";
constexpr const char* kMasterListSigningKey = "2.23.136.1.1.3";  // 9303-12 §7.1.1.3

bool has_purpose(X509* signer) {
  const std::unique_ptr<EXTENDED_KEY_USAGE, crypto::openssl::FreeWith<EXTENDED_KEY_USAGE_free>> purposes(
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(signer, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; purposes && i < sk_ASN1_OBJECT_num(purposes.get()); ++i) {
    char text[80] = "";
    OBJ_obj2txt(text, sizeof text, sk_ASN1_OBJECT_value(purposes.get(), i), 1);
    if (std::string_view(text) == kMasterListSigningKey) return true;
  }
  crypto::openssl::drain_errors();
  return false;
}

// 9303-12 Table 6, column master list signer.
void judge_profile(X509* signer, base::Findings& findings) {
  if (!has_purpose(signer)) {
    findings.fail("ML_SIGNER_EKU", kWhere, "The certificate was not issued for signing master lists.");
  }
  const std::uint32_t flags = X509_get_extension_flags(signer);
  if ((flags & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) == 0) {
    findings.fail("ML_SIGNER_KEY_USAGE", kWhere, "The key usage of the certificate does not allow signing.");
  }
  if ((flags & EXFLAG_CA) != 0) {
    findings.fail("ML_NOT_SIGNED_BY_CSCA", kWhere, "The certificate is a CSCA's; a list has a signer of its own.");
  }
}

// The signer has to be valid when he signed. A list is a snapshot: it does not become false when his certificate ends.
void judge_validity(X509* signer, const MasterList& list, base::Moment as_of, base::Findings& findings) {
  const auto from = trust::moment_of(X509_get0_notBefore(signer));
  const auto to = trust::moment_of(X509_get0_notAfter(signer));
  const base::Moment signed_at = list.signed_at.value_or(as_of);
  if (!from || !to || signed_at < *from || signed_at > *to || signed_at > as_of) {
    findings.fail("ML_SIGNER_OUTSIDE_VALIDITY", kWhere, "The list was not signed while the certificate was valid.");
  } else if (as_of > *to) {
    findings.warn("ML_SIGNER_EXPIRED", kWhere,
                  fmt::format("The certificate ended at {}; ask the State for a newer list.", base::to_rfc3339(*to)));
  }
}

void judge_path(X509* signer, const trust::TrustStore& anchors, base::Moment as_of, base::Findings& findings) {
  const trust::Anchor* const anchor = trust::choose_anchor(signer, anchors.state().anchors);
  if (anchor == nullptr) {
    findings.fail("ML_SIGNER_NOT_TRUSTED", kWhere, "The signer was certified by a CSCA that is not trusted here.");
    return;
  }
  if (const auto since = trust::distrusted_since(anchors.state(), X509_get0_pubkey(anchor->certificate.get()), as_of)) {
    findings.fail("CSCA_DISTRUSTED", "CSCA certificate",
                  fmt::format("The CSCA is distrusted here since {}.", base::to_rfc3339(*since)));
  }
  for (const int error : trust::path_errors(signer, *anchor, as_of)) {
    findings.fail(
        "ML_SIGNER_PATH", kWhere,
        fmt::format("The certificate's path to its CSCA is not good: {}.",
                    error == X509_V_ERR_UNSPECIFIED ? "it cannot be built" : X509_verify_cert_error_string(error)));
  }
}

// The signer's CSCA as the message brings it along; nothing outside vouches for it.
trust::TrustStore anchors_inside(X509* signer, const MasterList& list, base::Findings& findings) {
  trust::TrustStore inside;
  const auto offer = [&](base::ByteView der, X509* certificate) {
    if (certificate == nullptr ||
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(signer)) != 0) {
      return;
    }
    try {
      inside.add_anchor(der, kWhere);
    } catch (const base::Error&) {
      return;  // a link certificate of the same name, or one that is none
    }
  };
  for (const base::Bytes& der : list.companions) offer(der, crypto::openssl::parse_certificate(der).get());
  if (inside.size() == 0) {
    findings.warn("ML_SIGNER_CSCA_PRESENT", kWhere, "The signer's CSCA does not travel in the message.");
  }
  for (const Entry& entry : list.entries) offer(entry.der, entry.certificate.get());
  findings.warn("ML_SIGNER_VOUCHED_BY_ITSELF", kWhere,
                "No CSCA was given, so the list vouches for its own signer; name the State's CSCA with --csca.");
  return inside;
}

}  // namespace

base::Findings judge_signer(const MasterList& list, const trust::TrustStore& anchors, base::Moment as_of) {
  base::Findings findings;
  const crypto::openssl::X509Ptr signer = crypto::openssl::parse_certificate(list.signer);
  if (!signer) return findings;  // ML_SIGNER_CERT_PRESENT has failed it
  judge_profile(signer.get(), findings);
  judge_validity(signer.get(), list, as_of, findings);
  if (anchors.size() > 0) {
    judge_path(signer.get(), anchors, as_of, findings);
  } else {
    judge_path(signer.get(), anchors_inside(signer.get(), list, findings), as_of, findings);
  }
  return findings;
}

}  // namespace masterlist::judge
