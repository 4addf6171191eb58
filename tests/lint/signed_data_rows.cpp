// EF.SOD: the CMS around it and what it signs.

#include "pki/crypto/openssl/hash.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr const char* kSha512 = "2.16.840.1.101.3.4.2.3";

Bytes set_of_one(const Bytes& element) {
  return asn1::TlvWriter().put(0x31, element).take();
}

void card(World& w) {
  w.document = lint::Document{"ID", "VNM", base::make_date(2040, 1, 1), base::make_date(2026, 2, 1)};
}

void groups(World& w) {
  w.data_groups = std::map<int, Bytes>{{1, base::hex("61020101")}, {2, base::hex("75020102")}};
}

std::vector<Row> container_rows() {
  const Kind sod = Kind::Sod;
  return {
      {"SOD_TAG_77", sod, [](World& w) { w.data.outer_tag = 0; }},
      {"SOD_DER", sod, [](World& w) { w.data.long_length = true; }},
      {"SOD_VERSION_3", sod, [](World& w) { w.data.version = integer("01"); }},
      {"SOD_ECONTENT_TYPE", sod, [](World& w) { w.data.content_type = asn1::Oid("1.3.27.1.1.1"); }},
      {"SOD_DS_CERT_PRESENT", sod, [](World& w) { w.signer_inside = false; }},
      {"SOD_CRLS_ABSENT", sod,
       [](World& w) { w.data.crls = asn1::TlvWriter().put(0xA1, World(Kind::Crl).crl.build()).take(); }},
      {"SOD_ONE_SIGNERINFO", sod, [](World& w) { w.data.signers = 2; }},
      {"SOD_SID_ISSUER_SERIAL", sod,
       [](World& w) {
         const Bytes id = signer_key().id;
         add(w.certificate.extensions, asn1::oid::kSubjectKeyIdentifier,
             x509::format::encode_subject_key_identifier(id));
         w.data.sid = asn1::TlvWriter().put(0x80, id).take();
         w.data.signer_version = integer("03");
       }},
      {"SOD_SIGNERINFO_VERSION", sod, [](World& w) { w.data.signer_version = integer("03"); }},
      {"SOD_SIGNED_ATTRS_PRESENT", sod, [](World& w) { w.data.with_attributes = false; }},
      {"SOD_SIGNED_ATTRS_CONTENT_TYPE", sod,
       [](World& w) { w.data.content_type_attribute = asn1::TlvWriter().oid(asn1::oid::kData).take(); }},
      {"SOD_SIGNED_ATTRS_DIGEST", sod,
       [](World& w) { w.data.digest_attribute = asn1::TlvWriter().octet_string(Bytes(32, 9)).take(); }},
      {"SOD_SIGNED_ATTRS_DER", sod, [](World& w) { w.data.reversed_attributes = true; }},
      {"SOD_UNSIGNED_ATTRS", sod,
       [](World& w) {
         asn1::TlvWriter attribute;
         attribute.oid(asn1::Oid("1.2.3.4")).put(0x31, integer("01"));
         w.data.unsigned_attributes = asn1::TlvWriter().put(0xA1, asn1::TlvWriter().sequence(attribute)).take();
       }},
      {"SOD_DIGEST_NO_NULL", sod,
       [](World& w) { w.data.digest_algorithms = set_of_one(algorithm_with_null(kSha256)); }},
      {"SOD_DIGEST_LISTED", sod, [](World& w) { w.data.digest_algorithms = set_of_one(algorithm(kSha512)); }},
      {"SOD_HASH_ALLOWED", sod,
       [](World& w) {
         w.lds.hash_algorithm = algorithm("1.3.14.3.2.26");
         for (Hash& hash : w.lds.hashes) hash.value.resize(20);
       }},
      {"SOD_SIGNATURE_VALID", sod, [](World& w) { w.data.broken_signature = true; }},
  };
}

std::vector<Row> document_rows() {
  const Kind sod = Kind::Sod;
  return {
      {"CARD_OUTLIVES_DS", sod, [](World& w) { w.document->expires = base::make_date(2049, 1, 1); }, card},
      {"SOD_SIGNED_IN_DS_PKUP", sod, [](World& w) { w.document->issued = base::make_date(2026, 4, 2); }, card},
      {"DOCTYPE_COVERS_DOCUMENT", sod, [](World& w) { w.document->code = "P"; }, card},
      {"SOD_STATE_MATCHES_SAN", sod, [](World& w) { w.document->issuing_state = "LAO"; },
       [](World& w) {
         card(w);
         w.issuer = certificate_of(Kind::CscaRoot).build();
       }},
      {"LDSO_COVERS_ALL_DGS", sod, [](World& w) { w.data_groups->emplace(3, base::hex("63020103")); }, groups},
      {"LDSO_HASH_MATCHES", sod, [](World& w) { w.data_groups->at(1).back() ^= 1; }, groups},
  };
}

std::vector<Row> lds_rows() {
  const Kind sod = Kind::Sod;
  return {
      {"LDSO_VERSION_KNOWN", sod, [](World& w) { w.lds.version = integer("02"); }},
      {"LDSO_VERSION_1", sod,
       [](World& w) {
         w.lds.version = integer("00");
         w.lds.version_info = {};
       }},
      {"LDSO_VERSIONINFO_IFF_V1", sod, [](World& w) { w.lds.version_info = {}; }},
      {"LDSO_VERSIONINFO_FORM", sod,
       [](World& w) {
         asn1::TlvWriter versions;
         versions.printable_string("0108").printable_string("4.0.0");
         w.lds.version_info = asn1::TlvWriter().sequence(versions).take();
       }},
      {"LDSO_HASH_COUNT", sod, [](World& w) { w.lds.hashes.pop_back(); }},
      {"LDSO_DG_NUMBER", sod,
       [](World& w) {
         w.lds.hashes.push_back({integer("11"), Bytes(32, 1)});
       }},
      {"LDSO_DG1_DG2", sod, [](World& w) { w.lds.hashes[1].number = integer("03"); }},
      {"LDSO_HASH_LENGTH", sod, [](World& w) { w.lds.hashes[1].value.pop_back(); }},
  };
}

}  // namespace

std::vector<Row> signed_data_rows() {
  std::vector<Row> all = container_rows();
  for (auto rows : {document_rows(), lds_rows()}) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace test
