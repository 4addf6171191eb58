// Certificates: the extensions of 9303-12 Table 6, the short certificates of Tables 7 and 8, who signed whom.

#include "pki/lint/oids.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
namespace oid = lint::oid;
namespace format = x509::format;
using namespace asn1::oid;
using format::AlternativeName;
using format::KeyUse;

Extensions& extensions(World& w) {
  return w.certificate.extensions;
}

Bytes null_value() {
  return asn1::TlvWriter().null().take();
}

Bytes key_id() {
  return format::encode_subject_key_identifier(Bytes(20, 0x77));
}

// Both alternative names with this directory name, and a contact when it is asked for.
void set_names(World& w, const char* directory, bool contact = true) {
  std::vector<AlternativeName> names(1);
  names[0].kind = AlternativeName::Kind::Directory;
  names[0].directory = *format::name_from_text(directory);
  if (contact) names.push_back({AlternativeName::Kind::Email, "csca@example.vn", {}});
  set(extensions(w), kSubjectAltName, format::encode_alternative_names(names));
  set(extensions(w), kIssuerAltName, format::encode_alternative_names(names));
}

Bytes purposes(const std::vector<asn1::Oid>& all) {
  return format::encode_extended_key_usage(all);
}

// DistributionPoint { [0] { [0] { [6] url } }, then more }
Bytes crl_point(const char* url, const Bytes& more) {
  const Bytes full = asn1::TlvWriter().put(0xA0, element(0x86, url)).take();
  asn1::TlvWriter point;
  point.put(0xA0, full).raw(more);
  return asn1::TlvWriter().sequence(asn1::TlvWriter().sequence(point)).take();
}

Bytes pkd_point(const char* code) {
  return format::encode_crl_distribution_points({std::string("https://pkddownload1.icao.int/CRLs/") + code + ".crl"});
}

void with_csca(World& w) {
  w.issuer = certificate_of(Kind::CscaRoot).build();
}

void with_old_csca(World& w) {
  Certificate old = certificate_of(Kind::CscaRoot);
  old.key = old_csca_key().info;
  old.signed_by = &old_csca_key();
  set(old.extensions, kSubjectKeyIdentifier, format::encode_subject_key_identifier(old_csca_key().id));
  set(old.extensions, kAuthorityKeyIdentifier, format::encode_authority_key_identifier(old_csca_key().id));
  w.issuer = old.build();
}

std::vector<Row> presence_rows() {
  const Kind ds = Kind::DocumentSigner, root = Kind::CscaRoot;
  return {
      {"CERT_EXTENSION_FORBIDDEN", ds, [](World& w) { add(extensions(w), oid::kInhibitAnyPolicy, integer("00")); }},
      {"CERT_PRIVATE_EXT_NONCRITICAL", ds,
       [](World& w) { set_critical(extensions(w), oid::kCertificatePolicies, true); },
       [](World& w) { add(extensions(w), oid::kCertificatePolicies, null_value()); }},
      {"CERT_UNKNOWN_CRITICAL", ds, [](World& w) { set_critical(extensions(w), asn1::Oid("1.2.3.4"), true); },
       [](World& w) { add(extensions(w), asn1::Oid("1.2.3.4"), null_value()); }},
      {"CERT_KEY_USAGE_CRITICAL", ds, [](World& w) { set_critical(extensions(w), kKeyUsage, false); }},
      {"CSCA_BASIC_CONSTRAINTS", root, [](World& w) { set_critical(extensions(w), kBasicConstraints, false); }},
      {"CSCA_PATHLEN_ZERO", root,
       [](World& w) { set(extensions(w), kBasicConstraints, format::encode_ca_constraints(1)); }},
      {"EE_NO_BASIC_CONSTRAINTS", ds,
       [](World& w) { add(extensions(w), kBasicConstraints, asn1::TlvWriter().put(0x30, Bytes{}).take(), true); }},
      {"CSCA_SKI_PRESENT", root, [](World& w) { set_critical(extensions(w), kSubjectKeyIdentifier, true); }},
      {"LS_SKI_PRESENT", Kind::MasterListSigner, [](World& w) { drop(extensions(w), kSubjectKeyIdentifier); }},
      {"CERT_AKI_PRESENT", ds, [](World& w) { drop(extensions(w), kAuthorityKeyIdentifier); }},
      {"EE_NO_NAMECHANGE", ds, [](World& w) { add(extensions(w), oid::kNameChange, null_value()); }},
      {"NAMECHANGE_NULL", root, [](World& w) { set(extensions(w), oid::kNameChange, integer("00")); },
       [](World& w) { add(extensions(w), oid::kNameChange, null_value()); }},
      {"CERT_PKUP_PRESENT", ds, [](World& w) { drop(extensions(w), kPrivateKeyUsagePeriod); }},
      {"CERT_SAN_PRESENT", ds, [](World& w) { drop(extensions(w), kSubjectAltName); }},
      {"CERT_IAN_PRESENT", ds, [](World& w) { drop(extensions(w), kIssuerAltName); }},
      {"CSCA_DS_NO_EKU", ds,
       [](World& w) { add(extensions(w), oid::kExtendedKeyUsage, purposes({oid::kSpocClient})); }},
      {"CERT_CRLDP_PRESENT", ds, [](World& w) { drop(extensions(w), kCrlDistributionPoints); }},
      {"DS_DOCTYPE_PRESENT", ds, [](World& w) { drop(extensions(w), kDocumentTypeList); }},
      {"DOCTYPE_ONLY_SIGNERS", root,
       [](World& w) { add(extensions(w), kDocumentTypeList, format::encode_document_types({"ID"})); }},
  };
}

std::vector<Row> value_rows() {
  const Kind ds = Kind::DocumentSigner, root = Kind::CscaRoot;
  return {
      {"CSCA_KEY_USAGE_EXACT", root,
       [](World& w) { set(extensions(w), kKeyUsage, format::encode_key_usage({KeyUse::KeyCertSign})); }},
      {"DS_KEY_USAGE_EXACT", ds,
       [](World& w) {
         set(extensions(w), kKeyUsage, format::encode_key_usage({KeyUse::DigitalSignature, KeyUse::CrlSign}));
       }},
      {"LS_KEY_USAGE_EXACT", Kind::DeviationListSigner,
       [](World& w) {
         set(extensions(w), kKeyUsage, format::encode_key_usage({KeyUse::DigitalSignature, KeyUse::CrlSign}));
       }},
      {"COMM_KEY_USAGE_SUBSET", Kind::Communication,
       [](World& w) {
         set(extensions(w), kKeyUsage, format::encode_key_usage({KeyUse::DigitalSignature, KeyUse::CrlSign}));
       }},
      {"ALTNAME_DIRECTORY_NAME", ds, [](World& w) { set_names(w, "ST=VNM"); }},
      {"ALTNAME_LOCALITY_CODE", ds, [](World& w) { set_names(w, "L=VN"); }},
      {"ALTNAME_NO_OTHER_ATTRIBUTE", ds, [](World& w) { set_names(w, "L=VNM,O=TEST"); }},
      {"ALTNAME_STATE_WHEN_AMBIGUOUS", ds, [](World& w) { set_names(w, "L=VNM,ST=ABD"); },
       [](World& w) {
         set_names(w, "L=VNM,ST=ABC");
         w.policy = lint::Policy{.state_or_province = "ABC"};
       }},
      {"ALTNAME_CONTACT", ds, [](World& w) { set_names(w, "L=VNM", false); }},
      {"ALTNAME_CODE_FITS_COUNTRY", ds, [](World& w) { set_names(w, "L=LAO"); }},
      {"ROOT_SAN_EQUALS_IAN", root,
       [](World& w) {
         auto names = format::parse_alternative_names(w.certificate.extensions[1].value);
         names.push_back({AlternativeName::Kind::Uri, "https://csca.example.vn", {}});
         set(extensions(w), kIssuerAltName, format::encode_alternative_names(names));
       }},
      {"CRLDP_SCHEME", ds,
       [](World& w) {
         set(extensions(w), kCrlDistributionPoints, format::encode_crl_distribution_points({"ftp://a.vn/a.crl"}));
       }},
      {"CRLDP_NO_REASONS_ISSUER", ds,
       [](World& w) {
         set(extensions(w), kCrlDistributionPoints,
             crl_point("https://csca.example.vn/csca.crl", element(0x81, std::string("\x06\x40", 2))));
       }},
      {"CRLDP_PKD_FORM", ds, [](World& w) { set(extensions(w), kCrlDistributionPoints, pkd_point("LAO")); },
       [](World& w) { set(extensions(w), kCrlDistributionPoints, pkd_point("VNM")); }},
      {"DOCTYPE_SYNTAX", ds,
       [](World& w) {
         asn1::TlvWriter list;
         list.integer(0).put(0x31, element(0x13, "IDX"));
         set(extensions(w), kDocumentTypeList, asn1::TlvWriter().sequence(list).take());
       }},
      {"DOCTYPE_NOT_EMPTY", ds,
       [](World& w) { set(extensions(w), kDocumentTypeList, format::encode_document_types({})); }},
  };
}

std::vector<Row> purpose_rows() {
  return {
      {"ML_SIGNER_EKU", Kind::MasterListSigner,
       [](World& w) { set(extensions(w), oid::kExtendedKeyUsage, purposes({oid::kDeviationListSigning})); }},
      {"DL_SIGNER_EKU", Kind::DeviationListSigner,
       [](World& w) { set_critical(extensions(w), oid::kExtendedKeyUsage, false); }},
      {"COMM_EKU_PRESENT", Kind::Communication, [](World& w) { drop(extensions(w), oid::kExtendedKeyUsage); }},
      {"SPOC_EKU", Kind::SpocClient,
       [](World& w) { set(extensions(w), oid::kExtendedKeyUsage, purposes({oid::kSpocServer})); }},
      {"SPOC_SERVER_DNS_NAME", Kind::SpocServer,
       [](World& w) {
         auto names = format::parse_alternative_names(w.certificate.extensions[1].value);
         names.pop_back();
         set(extensions(w), kSubjectAltName, format::encode_alternative_names(names));
       }},
      {"SPOC_COMMON_NAME", Kind::SpocServer, [](World& w) { w.certificate.subject = name("C=VN,CN=SPOC TLS client"); }},
      {"LDS2_EXT_ALLOWLIST", Kind::Lds2Signer, [](World& w) { add(extensions(w), kSubjectKeyIdentifier, key_id()); }},
      {"LDS2_SUBJECT_EXACT", Kind::Lds2Signer, [](World& w) { w.certificate.subject = name("C=VN,O=TEST,CN=STAMP1"); }},
      {"LDS2_CN_MAX_9", Kind::Lds2Signer, [](World& w) { w.certificate.subject = name("C=VN,CN=STAMP56789"); }},
      {"LDS2_EKU_EXACT", Kind::Lds2Signer,
       [](World& w) {
         set(extensions(w), oid::kExtendedKeyUsage, purposes({oid::kLds2Stamp, oid::kMasterListSigning}));
       }},
      {"LDS2_CERT_MAX_900", Kind::Lds2Signer,
       [](World& w) { w.certificate.issuer = name(("C=VN,O=" + std::string(500, 'T') + ",CN=Test CSCA").c_str()); }},
      {"BCS_EXT_ALLOWLIST", Kind::SealSigner, [](World& w) { add(extensions(w), kSubjectKeyIdentifier, key_id()); }},
      {"BCS_SUBJECT_EXACT", Kind::SealSigner,
       [](World& w) {
         w.certificate.subject =
             name_of({attribute(oid::kCountryName, 0x13, "VN"), attribute(asn1::Oid("2.5.4.10"), 0x0C, "TEST"),
                      attribute(oid::kCommonName, 0x13, "DS")});
       }},
      {"BCS_CN_TWO_UPPERCASE", Kind::SealSigner,
       [](World& w) {
         w.certificate.subject =
             name_of({attribute(oid::kCountryName, 0x13, "VN"), attribute(oid::kCommonName, 0x13, "D1")});
       }},
      {"BCS_EKU_EXACT", Kind::SealSigner, [](World& w) { set_critical(extensions(w), oid::kExtendedKeyUsage, false); }},
  };
}

std::vector<Row> issuer_rows() {
  const Kind ds = Kind::DocumentSigner, root = Kind::CscaRoot, link = Kind::CscaLink;
  const auto renamed = [](World& w) { w.certificate.subject = name("C=VN,O=TEST,CN=Test CSCA 2"); };
  return {
      {"CERT_AKI_MATCHES_ISSUER", ds,
       [](World& w) {
         set(extensions(w), kAuthorityKeyIdentifier, format::encode_authority_key_identifier(Bytes(20, 1)));
       },
       with_csca},
      {"ROOT_AKI_SELF", root,
       [](World& w) {
         set(extensions(w), kAuthorityKeyIdentifier, format::encode_authority_key_identifier(Bytes(20, 1)));
       }},
      {"CERT_SIGNATURE_VALID", ds, [](World& w) { w.certificate.signed_by = &old_csca_key(); }, with_csca},
      {"ROOT_SELF_SIGNED", root, [](World& w) { w.certificate.signed_by = &old_csca_key(); }},
      {"LINK_OLD_KEY_SIGNS", link, [](World& w) { w.certificate.signed_by = &csca_key(); }, with_old_csca},
      {"LINK_NAMECHANGE_CONSISTENT", link, [](World& w) { drop(extensions(w), oid::kNameChange); },
       [renamed](World& w) {
         renamed(w);
         add(extensions(w), oid::kNameChange, null_value());
       }},
      {"LINK_NAMECHANGE_SPURIOUS", link, [](World& w) { add(extensions(w), oid::kNameChange, null_value()); }},
  };
}

}  // namespace

std::vector<Row> extension_rows() {
  std::vector<Row> all = presence_rows();
  for (auto rows : {value_rows(), purpose_rows(), issuer_rows()}) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace test
