// Master lists and deviation lists.

#include "pki/lint/oids.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
namespace oid = lint::oid;
namespace format = x509::format;

// Signed by the CSCA itself: its certificate alone is inside.
void sign_with_csca(World& w) {
  w.signer_inside = false;
  w.data.sid = asn1::TlvWriter().put(0x80, csca_key().id).take();
  w.data.signed_by = &csca_key();
}

void name_by_serial(World& w) {
  w.data.sid = asn1::TlvWriter().sequence(asn1::TlvWriter().raw(w.certificate.issuer).raw(w.certificate.serial)).take();
  w.data.signer_version = integer("01");
}

void change_purpose(World& w) {
  set(w.certificate.extensions, oid::kExtendedKeyUsage, format::encode_extended_key_usage({oid::kSpocClient}));
}

}  // namespace

std::vector<Row> list_rows() {
  const Kind ml = Kind::MasterList, dl = Kind::DeviationList;
  return {
      {"ML_CONTENT_TYPE", ml, [](World& w) { w.data.version = integer("01"); }},
      {"ML_VERSION_0", ml, [](World& w) { w.list_version = integer("01"); }},
      {"ML_SIGNER_CERT_PRESENT", ml, change_purpose},
      {"ML_SIGNER_CSCA_PRESENT", ml, [](World& w) { w.csca_inside = false; }},
      {"ML_NOT_SIGNED_BY_CSCA", ml, sign_with_csca},
      {"ML_CRLS_ABSENT", ml,
       [](World& w) { w.data.crls = asn1::TlvWriter().put(0xA1, World(Kind::Crl).crl.build()).take(); }},
      {"ML_ONE_SIGNERINFO", ml, [](World& w) { w.data.signers = 2; }},
      {"ML_SID_SKI", ml, name_by_serial},
      {"ML_SIGNING_TIME", ml, [](World& w) { w.data.more_attributes.clear(); }},
      {"ML_DIGEST_NO_NULL", ml,
       [](World& w) { w.data.digest_algorithm = algorithm_with_null("2.16.840.1.101.3.4.2.1"); }},
      {"ML_ENTRIES_ARE_CSCA", ml, [](World& w) { w.entries.push_back(certificate_of(Kind::DocumentSigner).build()); }},
      {"ML_ENTRY_PROFILE", ml,
       [](World& w) {
         Certificate csca = certificate_of(Kind::CscaRoot);
         csca.serial = integer("000123456789");
         w.entries.push_back(csca.build());
       }},
      {"DL_CONTENT_TYPE", dl, [](World& w) { w.list_version = integer("01"); }},
      {"DL_SIGNER_CERT_PRESENT", dl, change_purpose},
      {"DL_UNSIGNED_ATTRS_ABSENT", dl,
       [](World& w) {
         asn1::TlvWriter attribute;
         attribute.oid(asn1::Oid("1.2.3.4")).put(0x31, integer("01"));
         w.data.unsigned_attributes = asn1::TlvWriter().put(0xA1, asn1::TlvWriter().sequence(attribute)).take();
       }},
      {"DL_DIGEST_ALG_WHEN_USED", dl, [](World& w) { w.list_digest_algorithm = {}; }},
      {"DL_TYPE_KNOWN", dl,
       [](World& w) {
         const Bytes description = asn1::TlvWriter().sequence(asn1::TlvWriter().oid(asn1::Oid("1.2.3.4"))).take();
         asn1::TlvWriter deviation;
         deviation.put(0x30, Bytes{}).put(0x31, description);
         w.deviations = {asn1::TlvWriter().sequence(deviation).take()};
       }},
  };
}

}  // namespace test
