#include "pki/trust/anchor.h"

#include <fmt/format.h>

#include "pki/crypto/openssl/certificate.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/trust/trust_state.h"

namespace trust {

namespace {

constexpr int kLeastSecurity = 112;  // bits

bool re_encodes(X509* certificate, base::ByteView der) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509(certificate, &encoded);
  const bool same = size > 0 && base::equal(der, {encoded, static_cast<std::size_t>(size)});
  OPENSSL_free(encoded);
  return same;
}

bool names_another_key(X509* certificate) {
  const ASN1_OCTET_STRING* const subject = X509_get0_subject_key_id(certificate);
  const ASN1_OCTET_STRING* const authority = X509_get0_authority_key_id(certificate);
  return subject != nullptr && authority != nullptr && ASN1_OCTET_STRING_cmp(subject, authority) != 0;
}

// A link carries another name or another key identifier of its issuer (9303-12 §4.1.4.3).
void judge_signature(X509* certificate, EVP_PKEY* key, const std::string& where, base::Findings& findings) {
  if (X509_verify(certificate, key) == 1) return;
  crypto::openssl::drain_errors();
  const bool self_issued = X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
  if (!self_issued || names_another_key(certificate)) {
    findings.fail("ANCHOR_LINK", where,
                  "Another key certified it, its own key made no self-signature: a link certificate is no anchor and "
                  "tells only that two keys are of one CSCA; fetch the root certificate too.");
  } else {
    findings.fail("ANCHOR_SIGNATURE", where, "Its self-signature does not verify; fetch the root certificate again.");
  }
}

void judge_key(X509* certificate, const std::string& where, base::Findings& findings) {
  EVP_PKEY* const key = X509_get0_pubkey(certificate);
  if (key == nullptr || !crypto::openssl::has_standard_parameters(key)) {
    findings.fail("ANCHOR_CURVE", where, "Its key cannot be read or does not lie on a standardized curve.");
    return;
  }
  if (EVP_PKEY_get_security_bits(key) < kLeastSecurity) {
    findings.warn("ANCHOR_WEAK", where,
                  fmt::format("Its key of {} bits is too weak to be relied on.", EVP_PKEY_get_bits(key)));
  }
  judge_signature(certificate, key, where, findings);
}

void judge_profile(X509* certificate, base::ByteView der, const std::string& where, base::Findings& findings) {
  const std::uint32_t flags = X509_get_extension_flags(certificate), usage = X509_get_key_usage(certificate);
  if ((flags & EXFLAG_INVALID) != 0) {
    findings.fail("ANCHOR_EXTENSION_MALFORMED", where, "An extension in it is malformed; fetch the certificate again.");
  }
  if ((flags & EXFLAG_CA) == 0 || (usage & KU_KEY_CERT_SIGN) == 0) {
    findings.fail("ANCHOR_NOT_CA", where,
                  "It is not a CA certificate (basicConstraints cA and keyUsage keyCertSign); give the CSCA "
                  "certificate, not the document signer's.");
  }
  if ((usage & KU_CRL_SIGN) == 0) {
    findings.warn("ANCHOR_NO_CRL_SIGN", where, "Its key usage does not allow signing revocation lists.");
  }
  if ((flags & EXFLAG_CRITICAL) != 0) {
    findings.warn("ANCHOR_EXTENSION_UNKNOWN", where, "It has a critical extension that nobody here knows.");
  }
  if (country_of(X509_get_subject_name(certificate)).size() != 2) {
    findings.warn("ANCHOR_COUNTRY", where, "Its name does not say a country of two letters.");
  }
  if (X509_get0_subject_key_id(certificate) == nullptr) {
    findings.warn("ANCHOR_KEY_ID", where, "It has no key identifier, so signers find it by trial.");
  }
  if (!re_encodes(certificate, der)) findings.warn("ANCHOR_ENCODING", where, "It is not written in DER.");
}

void judge_dates(X509* certificate, base::Moment as_of, const std::string& where, base::Findings& findings) {
  const auto from = moment_of(X509_get0_notBefore(certificate)), to = moment_of(X509_get0_notAfter(certificate));
  if (to && as_of > *to) {
    findings.note("ANCHOR_EXPIRED", where, fmt::format("It ended at {}.", base::to_rfc3339(*to)));
  }
  if (from && as_of < *from) {
    findings.note("ANCHOR_NOT_YET_VALID", where, fmt::format("It begins at {}.", base::to_rfc3339(*from)));
  }
}

}  // namespace

base::Findings judge_anchor(base::ByteView der, const std::string& where, std::optional<base::Moment> as_of) {
  base::Findings findings;
  const crypto::openssl::X509Ptr certificate = crypto::openssl::parse_certificate(der);
  if (!certificate) {
    findings.fail("ANCHOR_UNREADABLE", where, "It is no certificate.");
    return findings;
  }
  judge_profile(certificate.get(), der, where, findings);
  judge_key(certificate.get(), where, findings);
  if (as_of) judge_dates(certificate.get(), *as_of, where, findings);
  crypto::openssl::drain_errors();
  return findings;
}

bool is_link(const base::Findings& judged) {
  return judged.failing_codes() == std::vector<std::string>{"ANCHOR_LINK"};
}

namespace {

base::Findings told_as(base::Severity severity, const base::Findings& findings) {
  base::Findings out;
  for (base::Finding one : findings.list()) {
    if (one.severity == base::Severity::Fail) one.severity = severity;
    out.add(std::move(one));
  }
  return out;
}

}  // namespace

base::Findings at_most_warn(const base::Findings& findings) {
  return told_as(base::Severity::Warn, findings);
}

base::Findings at_most_note(const base::Findings& findings) {
  return told_as(base::Severity::Note, findings);
}

}  // namespace trust
