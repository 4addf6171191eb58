#include "pki/sod/judge/signer_certificate.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "pki/sod/judge/signer_path.h"
#include "pki/trust/freshness.h"

namespace sod::judge {

namespace {

constexpr const char* kWhere = "document signer certificate";

using NamesPtr = std::unique_ptr<GENERAL_NAMES, crypto::openssl::FreeWith<GENERAL_NAMES_free>>;
using UsagePeriodPtr = std::unique_ptr<PKEY_USAGE_PERIOD, crypto::openssl::FreeWith<PKEY_USAGE_PERIOD_free>>;

// Inspection is at a moment: the certificate's validity is made long enough to cover its documents (9303-12 App. D).
void judge_validity(X509* signer, base::Moment as_of, base::Findings& findings) {
  const auto from = trust::moment_of(X509_get0_notBefore(signer));
  const auto to = trust::moment_of(X509_get0_notAfter(signer));
  if (!from || !to) {
    findings.fail("DS_CERTIFICATE", kWhere, "The validity of the document signer's certificate cannot be read.");
  } else if (as_of > *to) {
    findings.fail("DS_EXPIRED", kWhere,
                  fmt::format("The document signer's certificate ended at {}.", base::to_rfc3339(*to)));
  } else if (as_of < *from) {
    findings.fail("DS_NOT_YET_VALID", kWhere,
                  fmt::format("The document signer's certificate begins at {}.", base::to_rfc3339(*from)));
  }
}

// 9303-12 §7.1 Table 6, column DS.
void judge_profile(X509* signer, base::Findings& findings) {
  const std::uint32_t flags = X509_get_extension_flags(signer);
  const bool has_key_usage = (flags & EXFLAG_KUSAGE) != 0;
  if (!has_key_usage || (X509_get_key_usage(signer) & KU_DIGITAL_SIGNATURE) == 0) {
    findings.fail("DS_KEY_USAGE", kWhere, "The key usage of the certificate does not allow signing documents.");
  }
  if ((flags & EXFLAG_XKUSAGE) != 0) {
    findings.fail("DS_EXTENDED_KEY_USAGE", kWhere,
                  "The certificate was issued for another purpose (extended key usage), not for documents.");
  }
  if ((flags & EXFLAG_CA) != 0) {
    findings.fail("DS_IS_CA", kWhere, "The certificate is a certification authority's; a document signer has none.");
  }
  if (document_types(signer).empty()) {
    findings.warn("DS_DOCUMENT_TYPE_ABSENT", kWhere, "The certificate does not say which document types it signs.");
  }
}

// Without an anchor nobody knows whose certificate it is, and no list speaks for it.
void judge_revocation(X509* signer, const trust::Anchor* anchor, const trust::TrustStore::State& trust,
                      base::Moment as_of, base::Findings& findings) {
  trust::RevocationAnswer answer;
  if (anchor != nullptr) {
    answer = trust::ask_revocation(trust, *anchor, trust::serial_bytes(X509_get0_serialNumber(signer)), as_of);
  }
  if (answer.revoked) {
    findings.fail("DS_REVOKED", kWhere, "The document signer's certificate has been revoked.");
    return;
  }
  switch (answer.freshness) {
    case trust::Freshness::Fresh:
      return;
    case trust::Freshness::StaleRefuse:
      return findings.fail("REVOCATION_TOO_OLD", kWhere,
                           "The revocation list is older than the policy allows; load the current one.");
    case trust::Freshness::StaleWarn:
      if (trust.policy.crl_grace) {
        return findings.warn("REVOCATION_STALE", kWhere, "The next revocation list is due; load it.");
      }
      [[fallthrough]];
    case trust::Freshness::Unknown:
      break;
  }
  if (trust.revocation_lists.empty() && trust.unverified_lists == 0) {
    findings.note("REVOCATION_UNKNOWN", kWhere, "No revocation list was given; revocation was not checked.");
  } else {
    findings.warn("REVOCATION_UNKNOWN", kWhere,
                  "No current and verified revocation list covers this certificate; revocation is unknown.");
  }
}

// A clock that somebody set back makes expired certificates good again; nothing that hangs on it is answered then.
bool clock_stands_right(const trust::TrustStore::State& trust, base::Moment as_of, base::Findings& findings) {
  if (!trust.policy.clock_floor || as_of >= *trust.policy.clock_floor) return true;
  findings.fail("CLOCK_BELOW_FLOOR", "trust store",
                fmt::format("The trust pack says that it is later than {}; this clock says {}.",
                            base::to_rfc3339(*trust.policy.clock_floor), base::to_rfc3339(as_of)));
  return false;
}

}  // namespace

std::vector<std::string> document_types(X509* signer) {
  const auto wanted = asn1::oid::kDocumentTypeList.dotted();
  const std::unique_ptr<ASN1_OBJECT, crypto::openssl::FreeWith<ASN1_OBJECT_free>> oid(OBJ_txt2obj(wanted.c_str(), 1));
  const int at = X509_get_ext_by_OBJ(signer, oid.get(), -1);
  if (at < 0) return {};
  const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(X509_get_ext(signer, at));
  const base::ByteView der(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
  try {
    // DocumentTypeListSyntax ::= SEQUENCE { version INTEGER, docTypeList SET OF PrintableString }
    asn1::TlvReader file{der};
    asn1::TlvReader list{file.need(0x30)};
    list.need(0x02);
    std::vector<std::string> out;
    for (asn1::TlvReader types{list.need(0x31)}; !types.at_end();) {
      out.push_back(asn1::read_printable_string(types.need(0x13)));
    }
    return out;
  } catch (const asn1::Malformed&) {
    return {};  // unreadable says as little as absent
  }
}

std::vector<std::string> state_codes(X509* signer) {
  const NamesPtr names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(signer, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> out;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DIRNAME) continue;
    const int at = X509_NAME_get_index_by_NID(name->d.directoryName, NID_localityName, -1);
    if (at < 0) continue;
    const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name->d.directoryName, at));
    out.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                     static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  crypto::openssl::drain_errors();
  return out;
}

bool outside_key_usage_period(X509* certificate, base::Moment moment) {
  const UsagePeriodPtr period(
      static_cast<PKEY_USAGE_PERIOD*>(X509_get_ext_d2i(certificate, NID_private_key_usage_period, nullptr, nullptr)));
  if (!period) return false;
  const auto from = trust::moment_of(period->notBefore);
  const auto to = trust::moment_of(period->notAfter);
  return (from && moment < *from) || (to && moment > *to);
}

std::string subject_text(X509* certificate) {
  const crypto::openssl::BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string{};
}

base::Findings judge_signer_certificate(X509* signer, const trust::TrustStore& trust, base::Moment as_of) {
  base::Findings findings;
  if (clock_stands_right(trust.state(), as_of, findings)) judge_validity(signer, as_of, findings);
  judge_profile(signer, findings);
  const trust::Anchor* const anchor = judge_path(signer, trust.state(), as_of, findings);
  judge_revocation(signer, anchor, trust.state(), as_of, findings);
  return findings;
}

}  // namespace sod::judge
