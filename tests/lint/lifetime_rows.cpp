// Certificates: usage periods and validity.

#include "pki/lint/oids.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
namespace format = x509::format;

void use(World& w, const char* from, const char* to) {
  set(w.certificate.extensions, asn1::oid::kPrivateKeyUsagePeriod, format::encode_usage_period({at(from), at(to)}));
}

void ends(World& w, const char* moment) {
  w.certificate.not_after = time(moment);
}

void with_csca(World& w) {
  w.issuer = certificate_of(Kind::CscaRoot).build();
}

Bytes csca_since(const Key& key, const char* moment) {
  Certificate csca = certificate_of(Kind::CscaRoot);
  csca.not_before = time(moment);
  csca.key = key.info;
  set(csca.extensions, asn1::oid::kSubjectKeyIdentifier, format::encode_subject_key_identifier(key.id));
  return csca.build();
}

void cards_of_22_years(World& w) {
  w.policy = lint::Policy{.document_months = 264, .slack = std::chrono::days{0}, .signer_use_months = 3};
}

}  // namespace

std::vector<Row> lifetime_rows() {
  const Kind ds = Kind::DocumentSigner, root = Kind::CscaRoot, seal = Kind::SealSigner;
  return {
      {"CERT_PKUP_FORM", Kind::MasterListSigner,
       [](World& w) {
         set(w.certificate.extensions, asn1::oid::kPrivateKeyUsagePeriod,
             asn1::TlvWriter().sequence(asn1::TlvWriter().put(0x80, std::string_view("20260101000000.5Z"))).take());
       },
       [](World& w) {
         add(w.certificate.extensions, asn1::oid::kPrivateKeyUsagePeriod,
             format::encode_usage_period({at("2026-01-01T00:00:00Z"), std::nullopt}));
       }},
      {"CERT_PKUP_WITHIN_VALIDITY", ds, [](World& w) { use(w, "2025-12-31T00:00:00Z", "2026-03-01T00:00:00Z"); }},
      {"DS_PKUP_3_MONTHS", ds, [](World& w) { use(w, "2026-01-01T00:00:00Z", "2026-04-01T00:00:01Z"); }},
      {"CSCA_PKUP_3_TO_5_YEARS", root, [](World& w) { use(w, "2026-01-01T00:00:00Z", "2028-12-31T23:59:59Z"); }},
      {"DS_VALIDITY_COVERS_DOCUMENTS", ds, [](World& w) { ends(w, "2048-03-31T23:59:58Z"); }, cards_of_22_years},
      {"CSCA_VALIDITY_COVERS_ISSUED", root, [](World& w) { ends(w, "2053-03-30T23:59:59Z"); },
       [](World& w) {
         cards_of_22_years(w);
         ends(w, "2053-04-01T00:00:00Z");
       }},
      {"DS_OUTLIVES_CSCA", ds, [](World& w) { ends(w, "2053-01-01T00:00:00Z"); }, with_csca},
      {"CERT_OUTLIVES_ISSUER", Kind::MasterListSigner, [](World& w) { ends(w, "2053-01-01T00:00:00Z"); }, with_csca},
      {"CERT_ISSUED_IN_PKUP", Kind::MasterListSigner,
       [](World& w) { w.certificate.not_before = time("2031-01-01T00:00:00Z"); }, with_csca},
      {"LDS2_VALIDITY_10_YEARS", Kind::Lds2Signer, [](World& w) { ends(w, "2035-12-30T23:59:59Z"); },
       [](World& w) { ends(w, "2035-12-31T23:59:59Z"); }},
      {"BCS_VALIDITY_COVERS_DOCUMENTS", seal, [](World& w) { ends(w, "2048-03-31T23:59:59Z"); },
       [](World& w) {
         cards_of_22_years(w);
         ends(w, "2048-04-01T00:00:00Z");
       }},
      {"KEYS_NEWEST_KEY_SIGNS", ds,  // the twin was signed in the second in which the newer key came
       [](World& w) { w.history->newest_csca = csca_since(old_csca_key(), "2025-12-31T23:59:59Z"); },
       [](World& w) {
         w.issuer = csca_since(csca_key(), "2025-01-01T00:00:00Z");
         w.history = lint::History{.newest_csca = csca_since(old_csca_key(), "2026-01-01T00:00:00Z")};
       }},
      {"SPOC_VALIDITY_6_18_MONTHS", Kind::SpocClient, [](World& w) { ends(w, "2027-07-01T00:00:01Z"); }},
  };
}

}  // namespace test
