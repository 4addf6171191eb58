#include <fmt/format.h>

#include <algorithm>

#include "pki/crypto/openssl/public_key.h"
#include "pki/masterlist/judge/entry.h"
#include "pki/trust/trust_state.h"

namespace masterlist::judge {

namespace {

using crypto::openssl::drain_errors;

bool issued(X509* issuer, X509* certificate) {
  if (issuer == nullptr || X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) != 0) {
    return false;
  }
  EVP_PKEY* const key = X509_get0_pubkey(issuer);
  const bool good = key != nullptr && X509_verify(certificate, key) == 1;
  if (!good) drain_errors();
  return good;
}

// A root verifies with its own key; a link (9303-12 §4.1.4.3) with an older key of the same State, which may have left
// the list since.
void judge_signature(const MasterList& list, X509* certificate, const std::string& where, base::Findings& findings) {
  const bool self_issued = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  if (self_issued && issued(certificate, certificate)) return;
  const bool in_list = std::ranges::any_of(
      list.entries, [&](const Entry& other) { return issued(other.certificate.get(), certificate); });
  if (in_list) return;
  const ASN1_OCTET_STRING* const subject_id = X509_get0_subject_key_id(certificate);
  const ASN1_OCTET_STRING* const authority_id = X509_get0_authority_key_id(certificate);
  const bool names_another_key =
      subject_id != nullptr && authority_id != nullptr && ASN1_OCTET_STRING_cmp(subject_id, authority_id) != 0;
  if (!self_issued || names_another_key) {
    findings.note("ML_ENTRY_LINK_ALONE", where, "It was certified by a key that is not in the list.");
  } else {
    findings.warn("ML_ENTRY_SIGNATURE", where, "Its self-signature does not verify.");
  }
}

void judge_key(X509* certificate, const std::string& where, base::Findings& findings) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr || !crypto::openssl::has_standard_parameters(key)) {
    drain_errors();
    findings.warn("ML_ENTRY_CURVE", where, "Its key cannot be read or does not lie on a standardized curve.");
  } else if (EVP_PKEY_get_security_bits(key) < 112) {
    findings.warn("ML_ENTRY_WEAK", where, fmt::format("Its key has {} bits.", EVP_PKEY_get_bits(key)));
  }
}

void judge_profile(X509* certificate, const std::string& where, base::Findings& findings) {
  const std::uint32_t flags = X509_get_extension_flags(certificate);
  const bool certifies = (flags & EXFLAG_CA) != 0 && (X509_get_key_usage(certificate) & KU_KEY_CERT_SIGN) != 0;
  if (!certifies) {
    findings.warn("ML_ENTRIES_ARE_CSCA", where, "It is no CSCA's: basicConstraints cA or keyCertSign is missing.");
  }
  if ((flags & EXFLAG_INVALID) != 0) findings.warn("ML_ENTRY_EXTENSION", where, "An extension in it is malformed.");
  if ((flags & EXFLAG_CRITICAL) != 0) {
    findings.warn("ML_ENTRY_EXTENSION", where, "It has a critical extension that nobody here knows.");
  }
  drain_errors();
}

}  // namespace

base::Findings judge_entries(const MasterList& list, base::Moment as_of) {
  base::Findings findings;
  for (const Entry& entry : list.entries) {
    X509* const certificate = entry.certificate.get();
    if (certificate == nullptr) continue;  // read() has told it
    const std::string where = name_of(entry);
    judge_profile(certificate, where, findings);
    judge_key(certificate, where, findings);
    judge_signature(list, certificate, where, findings);
    const auto ends = trust::moment_of(X509_get0_notAfter(certificate));
    if (ends && as_of > *ends) {
      findings.note("ML_ENTRY_EXPIRED", where, fmt::format("It ended at {}.", base::to_rfc3339(*ends)));
    }
  }
  return findings;
}

}  // namespace masterlist::judge
