// 9303-12 Table 6: which extensions a certificate has, which it must not have, and what the plain ones say.

#include <algorithm>
#include <array>

#include "pki/lint/rules.h"

namespace lint {

namespace {

using base::Severity;
using namespace asn1::oid;

std::optional<std::string> must(const Input& in, const asn1::Oid& id, bool critical, std::string_view name) {
  const ExtensionView* const found = in.certificate->find(id);
  if (found == nullptr) return fmt::format("{} is missing.", name);
  if (found->critical == critical) return std::nullopt;
  return fmt::format("{} is {}critical and must {}be.", name, critical ? "not " : "", critical ? "" : "not ");
}

std::optional<std::string> must_not(const Input& in, const asn1::Oid& id, std::string_view name) {
  if (in.certificate->find(id) == nullptr) return std::nullopt;
  return fmt::format("{} has no place here.", name);
}

// The bits of a KeyUsage; nullopt when it is not there or no BIT STRING.
std::optional<unsigned> key_usage(const Input& in) {
  const ExtensionView* const usage = in.certificate->find(kKeyUsage);
  if (usage == nullptr) return std::nullopt;
  if (!usage->value || usage->value->tag != 0x03 || usage->value->value.size() < 2) return 0;
  const base::ByteView octets = usage->value->value;
  return static_cast<unsigned>(octets[1]) << 8 | (octets.size() > 2 ? octets[2] : 0U);
}

constexpr unsigned kDigitalSignature = 0x8000, kKeyEncipherment = 0x2000, kKeyAgreement = 0x0800,
                   kCertSignAndCrlSign = 0x0600;

std::optional<std::string> check_ca_usage(const Input& in) {
  return fires_if(key_usage(in).value_or(kCertSignAndCrlSign) != kCertSignAndCrlSign,
                  "KeyUsage is not keyCertSign and cRLSign alone.");
}

std::optional<std::string> check_signer_usage(const Input& in) {
  return fires_if(key_usage(in).value_or(kDigitalSignature) != kDigitalSignature,
                  "KeyUsage is not digitalSignature alone.");
}

std::optional<std::string> check_tls_usage(const Input& in) {
  constexpr unsigned kAllowed = kDigitalSignature | kKeyEncipherment | kKeyAgreement;
  const auto usage = key_usage(in);
  return fires_if(usage && (*usage & ~kAllowed) != 0,
                  "KeyUsage has more than digitalSignature, keyEncipherment and keyAgreement.");
}

std::optional<std::string> check_usage_critical(const Input& in) {
  return must(in, kKeyUsage, true, "KeyUsage");
}

std::optional<std::string> check_basic_constraints(const Input& in) {
  if (auto missing = must(in, kBasicConstraints, true, "BasicConstraints")) return missing;
  return fires_if(!in.certificate->is_ca(), "BasicConstraints do not say that it is a CA.");
}

std::optional<std::string> check_path_length(const Input& in) {
  const ExtensionView* const constraints = in.certificate->find(kBasicConstraints);
  if (constraints == nullptr || !constraints->value) return std::nullopt;
  return fires_if(small_integer_of(constraints->value->find(0x02)) != 0, "pathLenConstraint is not 0.");
}

std::optional<std::string> check_no_constraints(const Input& in) {
  return must_not(in, kBasicConstraints, "BasicConstraints");
}

std::optional<std::string> check_ski(const Input& in) {
  return must(in, kSubjectKeyIdentifier, false, "SubjectKeyIdentifier");
}

std::optional<std::string> check_aki(const Input& in) {
  if (auto missing = must(in, kAuthorityKeyIdentifier, false, "AuthorityKeyIdentifier")) return missing;
  return fires_if(authority_key_id(in.certificate->find(kAuthorityKeyIdentifier)).empty(),
                  "AuthorityKeyIdentifier has no keyIdentifier.");
}

std::optional<std::string> check_aki_matches(const Input& in) {
  if (in.issuer == nullptr) return std::nullopt;
  const base::Bytes id = authority_key_id(in.certificate->find(kAuthorityKeyIdentifier));
  return fires_if(!id.empty() && id != subject_key_id(*in.issuer),
                  "AuthorityKeyIdentifier is not the issuer's SubjectKeyIdentifier.");
}

std::optional<std::string> check_root_aki(const Input& in) {
  const ExtensionView* const found = in.certificate->find(kAuthorityKeyIdentifier);
  return fires_if(found != nullptr && authority_key_id(found) != subject_key_id(*in.certificate),
                  "AuthorityKeyIdentifier is not its own SubjectKeyIdentifier.");
}

std::optional<std::string> check_no_name_change(const Input& in) {
  return must_not(in, oid::kNameChange, "nameChange");
}

std::optional<std::string> check_name_change_null(const Input& in) {
  const ExtensionView* const change = in.certificate->find(oid::kNameChange);
  if (change == nullptr) return std::nullopt;
  const bool null = change->value && change->value->tag == 0x05 && change->value->value.empty();
  return fires_if(!null || change->critical, "nameChange is not NULL, or it is critical.");
}

std::optional<std::string> check_forbidden(const Input& in) {
  static const std::array kForbidden{oid::kPolicyMappings,   oid::kNameConstraints, oid::kPolicyConstraints,
                                     oid::kInhibitAnyPolicy, oid::kFreshestCrl,     oid::kSubjectDirectoryAttributes,
                                     oid::kNetscapeCertType};
  for (const asn1::Oid& id : kForbidden) {
    if (in.certificate->find(id) != nullptr) return fmt::format("Extension {} has no place here.", id.dotted());
  }
  return std::nullopt;
}

std::optional<std::string> check_private_noncritical(const Input& in) {
  for (const asn1::Oid& id : {oid::kAuthorityInfoAccess, oid::kSubjectInfoAccess, oid::kCertificatePolicies}) {
    const ExtensionView* const found = in.certificate->find(id);
    if (found != nullptr && found->critical) return fmt::format("Extension {} is critical.", id.dotted());
  }
  return std::nullopt;
}

// Every extension that a rule of its own speaks about; the others may not be critical.
bool has_own_rule(const asn1::Oid& id) {
  static const std::array kOwn{kKeyUsage,
                               kBasicConstraints,
                               oid::kExtendedKeyUsage,
                               kAuthorityKeyIdentifier,
                               kSubjectKeyIdentifier,
                               kPrivateKeyUsagePeriod,
                               kSubjectAltName,
                               kIssuerAltName,
                               kCrlDistributionPoints,
                               kDocumentTypeList,
                               oid::kNameChange,
                               oid::kAuthorityInfoAccess,
                               oid::kSubjectInfoAccess,
                               oid::kCertificatePolicies,
                               oid::kPolicyMappings,
                               oid::kNameConstraints,
                               oid::kPolicyConstraints,
                               oid::kInhibitAnyPolicy,
                               oid::kFreshestCrl,
                               oid::kSubjectDirectoryAttributes,
                               oid::kNetscapeCertType};
  return std::ranges::find(kOwn, id) != kOwn.end();
}

std::optional<std::string> check_unknown_critical(const Input& in) {
  for (const ExtensionView& extension : in.certificate->extensions) {
    if (extension.critical && !has_own_rule(extension.id)) {
      return fmt::format("Extension {} is critical.", extension.id.dotted());
    }
  }
  return std::nullopt;
}

std::optional<std::string> check_san(const Input& in) {
  return must(in, kSubjectAltName, false, "SubjectAltName");
}

std::optional<std::string> check_ian(const Input& in) {
  return must(in, kIssuerAltName, false, "IssuerAltName");
}

std::optional<std::string> check_crl_points(const Input& in) {
  if (auto missing = must(in, kCrlDistributionPoints, false, "CRLDistributionPoints")) return missing;
  const ExtensionView* const points = in.certificate->find(kCrlDistributionPoints);
  return fires_if(points->value && points->value->children.empty(), "CRLDistributionPoints names no point.");
}

std::optional<std::string> check_pkup(const Input& in) {
  return must(in, kPrivateKeyUsagePeriod, false, "PrivateKeyUsagePeriod");
}

std::optional<std::string> check_no_purpose(const Input& in) {
  return must_not(in, oid::kExtendedKeyUsage, "ExtKeyUsage");
}

std::optional<std::string> check_document_types(const Input& in) {
  return must(in, kDocumentTypeList, false, "documentTypeList");
}

std::optional<std::string> check_no_document_types(const Input& in) {
  return must_not(in, kDocumentTypeList, "documentTypeList");
}

constexpr Severity E = Severity::Fail, W = Severity::Warn;
constexpr Kinds kLong = kCertificates.without(kShortSigners);  // those of Table 6
constexpr Kinds kDs{Kind::DocumentSigner};
constexpr std::string_view kTable6 = "9303-12 Table 6";

const std::array kRules{
    Rule{"CERT_EXTENSION_FORBIDDEN", kLong, E, E, kTable6,
         "no PolicyMappings, NameConstraints, PolicyConstraints, InhibitAnyPolicy, FreshestCRL, "
         "SubjectDirectoryAttributes, NetscapeCertType",
         check_forbidden},
    Rule{"CERT_PRIVATE_EXT_NONCRITICAL", kLong, E, E, kTable6, "AIA, SIA and CertificatePolicies are not critical",
         check_private_noncritical},
    Rule{"CERT_UNKNOWN_CRITICAL", kLong, E, E, "9303-12 Table 6, App. D.1.1.3",
         "critical only KeyUsage, BasicConstraints, ExtKeyUsage", check_unknown_critical},
    Rule{"CSCA_KEY_USAGE_EXACT", kCsca, E, E, kTable6, "KeyUsage: keyCertSign and cRLSign, no other", check_ca_usage},
    Rule{"DS_KEY_USAGE_EXACT", kDs, E, E, kTable6, "KeyUsage: digitalSignature, no other", check_signer_usage},
    Rule{"LS_KEY_USAGE_EXACT", kListSigners, E, E, kTable6, "KeyUsage: digitalSignature, no other", check_signer_usage},
    Rule{"COMM_KEY_USAGE_SUBSET", kCommunication, E, E, kTable6,
         "KeyUsage: only digitalSignature, keyEncipherment, keyAgreement", check_tls_usage},
    Rule{"CERT_KEY_USAGE_CRITICAL", kLong, E, E, kTable6, "KeyUsage present and critical", check_usage_critical},
    Rule{"CSCA_BASIC_CONSTRAINTS", kCsca, E, E, kTable6, "BasicConstraints present, critical, cA TRUE",
         check_basic_constraints},
    Rule{"CSCA_PATHLEN_ZERO", kCsca, E, E, "9303-12 Table 6, §7.1.1.5", "pathLenConstraint 0, in links too",
         check_path_length, true},
    Rule{"EE_NO_BASIC_CONSTRAINTS", kLong.without(kCsca), E, E, kTable6, "BasicConstraints absent",
         check_no_constraints},
    Rule{"CSCA_SKI_PRESENT", kCsca, E, E, kTable6, "SubjectKeyIdentifier present, not critical", check_ski},
    Rule{"LS_SKI_PRESENT", kListSigners, W, W, "9303-12 Table 18, 19",
         "SubjectKeyIdentifier present, since the list names its signer by it", check_ski},
    Rule{"CERT_AKI_PRESENT", kCertificates.without({Kind::CscaRoot}), E, E, "9303-12 Table 6-8",
         "AuthorityKeyIdentifier present with keyIdentifier, not critical", check_aki},
    Rule{"CERT_AKI_MATCHES_ISSUER", kCertificates.without({Kind::CscaRoot}), E, E, "9303-12 App. D.1.1.1",
         "AuthorityKeyIdentifier is the issuer's SubjectKeyIdentifier (needs the issuer)", check_aki_matches},
    Rule{"ROOT_AKI_SELF",
         {Kind::CscaRoot},
         E,
         W,
         "RFC 5280 §4.2.1.1",
         "AuthorityKeyIdentifier, if present, is the own SubjectKeyIdentifier",
         check_root_aki},
    Rule{"EE_NO_NAMECHANGE", kLong.without(kCsca), E, E, kTable6, "nameChange absent", check_no_name_change},
    Rule{"NAMECHANGE_NULL", kCsca, E, E, "9303-12 §7.1.1.5", "nameChange is NULL, not critical",
         check_name_change_null},
    Rule{"CERT_PKUP_PRESENT", kCsca | kDs, E, E, kTable6, "PrivateKeyUsagePeriod present, not critical", check_pkup,
         true},
    Rule{"CERT_SAN_PRESENT", kLong, E, E, kTable6, "SubjectAltName present, not critical", check_san, true},
    Rule{"CERT_IAN_PRESENT", kLong, E, E, kTable6, "IssuerAltName present, not critical", check_ian, true},
    Rule{"CSCA_DS_NO_EKU", kCsca | kDs, E, E, kTable6, "ExtKeyUsage absent", check_no_purpose},
    Rule{"CERT_CRLDP_PRESENT", kLong.without({Kind::Communication}), E, E, "9303-12 Table 6, §7.1.1.4, §7.2.1",
         "CRLDistributionPoints present, not critical, at least one point", check_crl_points, true},
    Rule{"DS_DOCTYPE_PRESENT", kDs, E, E, "9303-12 Table 6, §7.1.1.6", "documentTypeList present, not critical",
         check_document_types, true},
    Rule{"DOCTYPE_ONLY_SIGNERS", kLong.without(kDs), E, E, kTable6, "documentTypeList absent", check_no_document_types},
};

}  // namespace

std::span<const Rule> extension_rules() {
  return kRules;
}

}  // namespace lint
