#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "pki/asn1/tlv.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/calendar.h"
#include "pki/x509/issue/lint_rules.h"

namespace x509::issue::rules {

namespace {

using format::AlternativeName;
using format::Extension;

enum class Presence { Mandatory, Optional, Forbidden };

// 9303-12 Tables 6 and 8: who must have an extension, who may, and whether it is critical.
struct TableRow {
  asn1::Oid id;
  const char* name;
  Presence root, link, signer, list, seal;  // in the order of Kind
  bool critical;
  const char* root_code;    // of a CSCA that breaks the row
  const char* signer_code;  // of a document signer that does
  Presence presence(Kind kind) const {
    const std::array<Presence, 5> columns{root, link, signer, list, seal};
    return columns[static_cast<std::size_t>(kind)];
  }
};

constexpr Presence M = Presence::Mandatory, O = Presence::Optional, X = Presence::Forbidden;

const std::array<TableRow, 12>& extension_table() {
  static const std::array<TableRow, 12> kTable{{
      {asn1::oid::kAuthorityKeyIdentifier, "AuthorityKeyIdentifier", O, M, M, M, M, false, "CERT_AKI_PRESENT",
       "CERT_AKI_PRESENT"},
      {asn1::oid::kSubjectKeyIdentifier, "SubjectKeyIdentifier", M, M, O, O, X, false, "CSCA_SKI_PRESENT",
       "CSCA_SKI_PRESENT"},
      {asn1::oid::kKeyUsage, "KeyUsage", M, M, M, M, X, true, "CERT_KEY_USAGE_CRITICAL", "CERT_KEY_USAGE_CRITICAL"},
      {asn1::oid::kPrivateKeyUsagePeriod, "PrivateKeyUsagePeriod", M, M, M, O, X, false, "CERT_PKUP_PRESENT",
       "CERT_PKUP_PRESENT"},
      {asn1::oid::kSubjectAltName, "SubjectAltName", M, M, M, M, X, false, "CERT_SAN_PRESENT", "CERT_SAN_PRESENT"},
      {asn1::oid::kIssuerAltName, "IssuerAltName", M, M, M, M, X, false, "CERT_IAN_PRESENT", "CERT_IAN_PRESENT"},
      {asn1::oid::kBasicConstraints, "BasicConstraints", M, M, X, X, X, true, "CSCA_BASIC_CONSTRAINTS",
       "EE_NO_BASIC_CONSTRAINTS"},
      {format::oid::kExtendedKeyUsage, "ExtKeyUsage", X, X, X, M, M, true, "CSCA_DS_NO_EKU", "CSCA_DS_NO_EKU"},
      {asn1::oid::kCrlDistributionPoints, "CRLDistributionPoints", M, M, M, M, X, false, "CERT_CRLDP_PRESENT",
       "CERT_CRLDP_PRESENT"},
      {format::oid::kCertificatePolicies, "CertificatePolicies", O, O, O, O, X, false, "CERT_PRIVATE_EXT_NONCRITICAL",
       "CERT_PRIVATE_EXT_NONCRITICAL"},
      {format::oid::kNameChange, "nameChange", O, O, X, X, X, false, "NAMECHANGE_NULL", "EE_NO_NAMECHANGE"},
      {asn1::oid::kDocumentTypeList, "documentTypeList", X, X, M, X, O, false, "DOCTYPE_ONLY_SIGNERS",
       "DS_DOCTYPE_PRESENT"},
  }};
  return kTable;
}

const char* code_of(const TableRow& row, Kind kind) {
  const bool purpose = row.id == format::oid::kExtendedKeyUsage;
  switch (kind) {
    case Kind::Csca:
    case Kind::CscaLink:
      return row.root_code;
    case Kind::DocumentSigner:
      return row.signer_code;
    case Kind::MasterListSigner:
      if (purpose) return "ML_SIGNER_EKU";
      return row.id == asn1::oid::kDocumentTypeList ? "DOCTYPE_ONLY_SIGNERS" : row.signer_code;
    case Kind::SealSigner:
      break;
  }
  if (purpose) return "BCS_EKU_EXACT";
  return row.presence(kind) == X ? "BCS_EXT_ALLOWLIST" : row.signer_code;
}

const std::array<asn1::Oid, 7>& never_allowed() {
  static const std::array<asn1::Oid, 7> kList{format::oid::kPolicyMappings,    format::oid::kNameConstraints,
                                              format::oid::kPolicyConstraints, format::oid::kInhibitAnyPolicy,
                                              format::oid::kFreshestCrl,       format::oid::kSubjectDirectoryAttributes,
                                              format::oid::kNetscapeCertType};
  return kList;
}

void check_row(const Subject& subject, const TableRow& row) {
  const Presence presence = row.presence(subject.kind());
  const char* const code = code_of(row, subject.kind());
  const Extension* const found = subject.body.find(row.id);
  if (found == nullptr && presence == Presence::Mandatory) {
    subject.fail(code, fmt::format("{} is missing.", row.name));
  } else if (found != nullptr && presence == Presence::Forbidden) {
    subject.fail(code, fmt::format("{} has no place here.", row.name));
  } else if (found != nullptr && found->critical != row.critical) {
    subject.fail(code, fmt::format("{} is {} and must {}be.", row.name, found->critical ? "critical" : "not critical",
                                   row.critical ? "" : "not "));
  }
}

// Runs `check` on an extension's value when it is there; a value that does not parse is the finding `code`.
template <class Check>
void with_value(const Subject& subject, const asn1::Oid& id, const char* code, Check check) {
  const Extension* const extension = subject.body.find(id);
  if (extension == nullptr) return;
  try {
    check(extension->value);
  } catch (const asn1::Malformed& what) {
    subject.fail(code, fmt::format("The value is broken: {}.", what.what()));
  }
}

void check_key_usage(const Subject& subject) {
  const bool csca = is_csca(subject.kind());
  const char* const code = csca                                       ? "CSCA_KEY_USAGE_EXACT"
                           : subject.kind() == Kind::MasterListSigner ? "LS_KEY_USAGE_EXACT"
                                                                      : "DS_KEY_USAGE_EXACT";
  with_value(subject, asn1::oid::kKeyUsage, code, [&](base::ByteView value) {
    const std::vector<unsigned> expected = csca ? std::vector<unsigned>{5, 6} : std::vector<unsigned>{0};
    if (format::parse_key_usage(value) != expected) {
      subject.fail(code,
                   csca ? "KeyUsage is not keyCertSign and cRLSign alone." : "KeyUsage is not digitalSignature alone.");
    }
  });
}

// 9303-12 §7.1.1.3, §7.1.3
void check_purpose(const Subject& subject) {
  const bool list = subject.kind() == Kind::MasterListSigner;
  if (!list && subject.kind() != Kind::SealSigner) return;
  const char* const code = list ? "ML_SIGNER_EKU" : "BCS_EKU_EXACT";
  const std::vector<asn1::Oid> expected{list ? format::oid::kMasterListSigningKey : format::oid::kVdsSigner};
  with_value(subject, format::oid::kExtendedKeyUsage, code, [&](base::ByteView value) {
    if (format::parse_extended_key_usage(value) != expected) {
      subject.fail(code, "ExtKeyUsage is not the one purpose of this signer.");
    }
  });
}

void check_basic_constraints(const Subject& subject) {
  if (!is_csca(subject.kind())) return;
  with_value(subject, asn1::oid::kBasicConstraints, "CSCA_BASIC_CONSTRAINTS", [&](base::ByteView value) {
    const auto constraints = format::parse_basic_constraints(value);
    if (!constraints.ca) subject.fail("CSCA_BASIC_CONSTRAINTS", "A CSCA is not marked as a CA.");
    if (constraints.path_length != 0) subject.fail("CSCA_PATHLEN_ZERO", "pathLenConstraint of a CSCA is not 0.");
  });
}

void check_key_identifiers(const Subject& subject) {
  const format::Body& issuer = subject.is_root() ? subject.body : subject.context.csca->body;
  const char* const code = subject.is_root() ? "ROOT_AKI_SELF" : "CERT_AKI_MATCHES_ISSUER";
  const Extension* const known = issuer.find(asn1::oid::kSubjectKeyIdentifier);
  with_value(subject, asn1::oid::kAuthorityKeyIdentifier, "CERT_AKI_PRESENT", [&](base::ByteView value) {
    const auto id = format::parse_authority_key_identifier(value);
    if (!id) {
      subject.fail("CERT_AKI_PRESENT", "AuthorityKeyIdentifier has no keyIdentifier.");
    } else if (known == nullptr || *id != format::parse_subject_key_identifier(known->value)) {
      subject.fail(code, "AuthorityKeyIdentifier is not the issuer's SubjectKeyIdentifier.");
    }
  });
}

// 9303-12 §7.1.1.2
void check_alternative_name(const Subject& subject, const asn1::Oid& id, const char* code) {
  using Kind = AlternativeName::Kind;
  with_value(subject, id, code, [&](base::ByteView value) {
    const auto names = format::parse_alternative_names(value);
    if (std::ranges::any_of(names, [](const AlternativeName& name) { return name.kind == Kind::Address; })) {
      subject.fail(code, "An alternative name is an IP address.");
    }
    const auto directory =
        std::ranges::find_if(names, [](const AlternativeName& name) { return name.kind == Kind::Directory; });
    if (directory == names.end() || directory->directory.all_of(format::oid::kLocalityName).empty()) {
      subject.fail("ALTNAME_DIRECTORY_NAME", "An alternative name has no directory name with a locality.");
      return;
    }
    const std::string& code_letters = directory->directory.all_of(format::oid::kLocalityName).front()->value;
    const bool three =
        code_letters.size() == 3 && std::ranges::all_of(code_letters, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!three && code_letters != "D") {
      subject.fail("ALTNAME_LOCALITY_CODE", "The locality of an alternative name is no code of the MRZ.");
    }
    const bool only = std::ranges::all_of(directory->directory.attributes, [](const format::Attribute& attribute) {
      return attribute.type == format::oid::kLocalityName || attribute.type == format::oid::kStateOrProvinceName;
    });
    if (!only) subject.fail("ALTNAME_NO_OTHER_ATTRIBUTE", "The directory name holds more than the State's codes.");
    if (names.size() == 1) subject.warn("ALTNAME_CONTACT", "An alternative name gives no address of the issuer.");
  });
}

void check_alternative_names(const Subject& subject) {
  if (subject.kind() == Kind::SealSigner) return;  // it has none
  check_alternative_name(subject, asn1::oid::kSubjectAltName, "CERT_SAN_PRESENT");
  check_alternative_name(subject, asn1::oid::kIssuerAltName, "CERT_IAN_PRESENT");
  const Extension* const of_subject = subject.body.find(asn1::oid::kSubjectAltName);
  const Extension* const of_issuer = subject.body.find(asn1::oid::kIssuerAltName);
  if (subject.is_root() && of_subject != nullptr && of_issuer != nullptr && of_subject->value != of_issuer->value) {
    subject.fail("ROOT_SAN_EQUALS_IAN", "The two alternative names of a root differ.");
  }
}

void check_crl_points(const Subject& subject) {
  with_value(subject, asn1::oid::kCrlDistributionPoints, "CRLDP_NO_REASONS_ISSUER", [&](base::ByteView value) {
    for (const std::string& url : format::parse_crl_distribution_points(value)) {
      if (!url.starts_with("https://") && !url.starts_with("http://") && !url.starts_with("ldap://")) {
        subject.fail("CRLDP_SCHEME", "A CRL distribution point is no ldap, http or https address.");
      }
    }
  });
}

void check_document_types(const Subject& subject) {
  with_value(subject, asn1::oid::kDocumentTypeList, "DOCTYPE_SYNTAX", [&](base::ByteView value) {
    if (format::parse_document_types(value).empty()) {
      subject.fail("DOCTYPE_NOT_EMPTY", "The signer may sign no type of document.");
    }
  });
}

}  // namespace

void check_extension_table(const Subject& subject) {
  for (const TableRow& row : extension_table()) check_row(subject, row);
  for (auto at = subject.body.extensions.begin(); at != subject.body.extensions.end(); ++at) {
    const bool repeated =
        std::any_of(subject.body.extensions.begin(), at, [&](const Extension& other) { return other.id == at->id; });
    if (repeated) subject.fail("CERT_EXTENSION_TWICE", fmt::format("Extension {} occurs twice.", at->id.dotted()));
    if (std::ranges::find(never_allowed(), at->id) != never_allowed().end()) {
      subject.fail("CERT_EXTENSION_FORBIDDEN",
                   fmt::format("Extension {} has no place in a passport PKI.", at->id.dotted()));
    }
    const bool listed = std::ranges::any_of(extension_table(), [&](const TableRow& row) { return row.id == at->id; });
    if (!listed && subject.kind() == Kind::SealSigner) {
      subject.fail("BCS_EXT_ALLOWLIST", fmt::format("Extension {} has no place here.", at->id.dotted()));
    } else if (at->critical && !listed) {
      subject.fail("CERT_UNKNOWN_CRITICAL", fmt::format("Extension {} is critical.", at->id.dotted()));
    }
  }
}

void check_extension_values(const Subject& subject) {
  check_key_usage(subject);
  check_purpose(subject);
  check_basic_constraints(subject);
  check_key_identifiers(subject);
  check_alternative_names(subject);
  check_crl_points(subject);
  check_document_types(subject);
}

namespace {

// 9303-12 §4.1.1, §4.1.4: what the certificate must still cover when its key has made its last signature.
void check_coverage(const Subject& subject, base::Moment use_ends) {
  const Profile& profile = subject.context.profile;
  const int years = profile.card_validity.longest_years();
  if (is_csca(subject.kind())) {
    if (subject.body.not_after < document_signer_lifetimes(use_ends, profile, years).not_after) {
      subject.fail("CSCA_VALIDITY_COVERS_ISSUED",
                   "The CSCA ends before a document signer that it certifies at the end of its key's use.");
    }
  } else if (subject.kind() == Kind::DocumentSigner &&
             subject.body.not_after < add_months(use_ends, 12 * years) + kSlack) {
    subject.fail("DS_VALIDITY_COVERS_DOCUMENTS",
                 fmt::format("The signer's certificate ends before a card of {} years that it signs last.", years));
  }
}

void check_use(const Subject& subject, base::Moment use_begins, base::Moment use_ends) {
  if (use_begins < subject.body.not_before || use_ends > subject.body.not_after || use_begins >= use_ends) {
    subject.fail("CERT_PKUP_WITHIN_VALIDITY", "The key's usage period does not lie inside the validity.");
  }
  if (is_csca(subject.kind())) {
    if (use_ends < add_months(use_begins, 36) || use_ends > add_months(use_begins, 60)) {
      subject.warn("CSCA_PKUP_3_TO_5_YEARS", "A CSCA key is used for three to five years.");
    }
  } else if (subject.kind() == Kind::DocumentSigner && use_ends > add_months(use_begins, 3)) {
    subject.warn("DS_PKUP_3_MONTHS", "A document signer's key is used for three months at most.");
  }
}

void check_against_issuer(const Subject& subject) {
  const format::Body& issuer = subject.context.csca->body;
  if (subject.body.not_after > issuer.not_after && !is_csca(subject.kind())) {
    if (subject.kind() == Kind::DocumentSigner) {
      subject.fail("DS_OUTLIVES_CSCA", "The signer's certificate ends after its CSCA's.");
    } else {
      subject.warn("CERT_OUTLIVES_ISSUER", "The certificate ends after its CSCA's.");
    }
  }
  const Extension* const extension = issuer.find(asn1::oid::kPrivateKeyUsagePeriod);
  if (extension == nullptr) return;
  const auto use = format::parse_usage_period(extension->value);
  if ((use.not_before && subject.context.now < *use.not_before) ||
      (use.not_after && subject.context.now > *use.not_after)) {
    subject.fail("CERT_ISSUED_IN_PKUP", "The CSCA's key may not sign now: its usage period has not begun or is over.");
  }
}

}  // namespace

// 9303-12 §4.1.4.3, §7.1.1.5
void check_link(const Subject& subject) {
  if (subject.kind() != Kind::CscaLink) return;
  const format::Body& body = subject.body;
  const bool changes = body.find(format::oid::kNameChange) != nullptr;
  if (body.public_key == subject.context.csca->body.public_key) {
    subject.fail("LINK_OLD_KEY_SIGNS", "The link certifies the key that signs it.");
  }
  if (!changes && !(body.issuer == body.subject)) {
    subject.fail("LINK_NAMECHANGE_CONSISTENT", "The CSCA changes its name and nameChange is missing.");
  } else if (changes && body.issuer == body.subject) {
    subject.warn("LINK_NAMECHANGE_SPURIOUS", "nameChange is there and the name stays.");
  }
}

void check_lifetimes(const Subject& subject) {
  if (subject.body.not_before >= subject.body.not_after) {
    subject.fail("CERT_TIME_ORDER", "The certificate ends before it begins.");
  }
  with_value(subject, asn1::oid::kPrivateKeyUsagePeriod, "CERT_PKUP_FORM", [&](base::ByteView value) {
    const auto use = format::parse_usage_period(value);
    const base::Moment ends = use.not_after.value_or(subject.body.not_after);
    check_use(subject, use.not_before.value_or(subject.body.not_before), ends);
    check_coverage(subject, ends);
  });
  if (!subject.is_root()) check_against_issuer(subject);
}

}  // namespace x509::issue::rules
