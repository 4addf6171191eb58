// Revocation lists.

#include "pki/lint/oids.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
namespace oid = lint::oid;
namespace format = x509::format;
using namespace asn1::oid;

// The one before: number 4, a month earlier, with the first of the two serials.
Crl previous() {
  Crl crl = World(Kind::Crl).crl;
  crl.this_update = time("2026-05-02T00:00:00Z");
  crl.next_update = time("2026-07-01T00:00:00Z");
  set(crl.extensions, oid::kCrlNumber, integer("04"));
  crl.revoked.pop_back();
  return crl;
}

void with_previous(World& w) {
  w.history = lint::History{.previous_crl = previous().build()};
}

void with_csca(World& w) {
  w.issuer = certificate_of(Kind::CscaRoot).build();
}

// The CSCA with this octet as its KeyUsage's bits.
Bytes csca_with_usage(std::uint8_t bits) {
  Certificate csca = certificate_of(Kind::CscaRoot);
  set(csca.extensions, kKeyUsage, Bytes{0x03, 0x02, 0x01, bits});
  return csca.build();
}

Bytes directory_name(const Bytes& name) {
  return asn1::TlvWriter().sequence(asn1::TlvWriter().put(0xA4, name)).take();
}

std::vector<Row> field_rows() {
  const Kind crl = Kind::Crl;
  return {
      {"CRL_DER_V2", crl, [](World& w) { w.crl.version = {}; }},
      {"CRL_SIGALG_EQUAL", crl, [](World& w) { w.crl.outer_algorithm = algorithm_with_null("1.2.840.10045.4.3.2"); }},
      {"CRL_ISSUER_COUNTRY", crl, [](World& w) { w.crl.issuer = name("C=vn,O=TEST,CN=Test CSCA"); }},
      {"CRL_NEXT_UPDATE_PRESENT", crl, [](World& w) { w.crl.next_update = {}; }},
      {"CRL_TIME_FORM", crl, [](World& w) { w.crl.revoked[0].date = element(0x17, "2605010000Z"); }},
      {"CRL_MAX_90_DAYS", crl, [](World& w) { w.crl.next_update = time("2026-08-30T00:00:01Z"); },
       [](World& w) { w.crl.next_update = time("2026-08-30T00:00:00Z"); }},
      {"CRL_NO_EMPTY_LIST", crl, [](World& w) { w.crl.empty_list = true; }, [](World& w) { w.crl.revoked.clear(); }},
      {"CRL_AKI_PRESENT", crl, [](World& w) { drop(w.crl.extensions, kAuthorityKeyIdentifier); }},
      {"CRL_NUMBER_PRESENT", crl, [](World& w) { drop(w.crl.extensions, oid::kCrlNumber); }},
      {"CRL_NUMBER_FORM", crl, [](World& w) { set(w.crl.extensions, oid::kCrlNumber, integer("0005")); }},
      {"CRL_EXTENSION_FORBIDDEN", crl, [](World& w) { add(w.crl.extensions, oid::kDeltaCrl, integer("01")); }},
      {"CRL_ENTRY_EXT_FORBIDDEN", crl,
       [](World& w) { add(w.crl.revoked[0].extensions, oid::kReasonCode, element(0x0A, "\x01")); }},
      {"CRL_NO_ENCODED_DEFAULT", crl, [](World& w) { w.crl.extensions[0].writes_false = true; }},
      {"CRL_SERIAL_ONCE", crl, [](World& w) { w.crl.revoked[1].serial = w.crl.revoked[0].serial; }},
  };
}

std::vector<Row> history_rows() {
  const Kind crl = Kind::Crl;
  return {
      {"CRL_AKI_MATCHES_CSCA", crl,
       [](World& w) {
         set(w.crl.extensions, kAuthorityKeyIdentifier, format::encode_authority_key_identifier(Bytes(20, 1)));
       },
       with_csca},
      {"CRL_ISSUER_IS_CSCA", crl, [](World& w) { w.crl.issuer = name("C=VN,O=TEST,CN=Another CSCA"); }, with_csca},
      {"CRL_SIGNER_USAGE", crl, [](World& w) { w.issuer = csca_with_usage(0x04); },
       [](World& w) { w.issuer = csca_with_usage(0x06); }},
      {"CRL_THIS_UPDATE_GROWS", crl, [](World& w) { w.crl.this_update = time("2026-05-02T00:00:00Z"); },
       [](World& w) {
         with_previous(w);
         w.crl.next_update = time("2026-07-03T00:00:00Z");
         w.crl.this_update = time("2026-05-02T00:00:01Z");
       }},
      {"CRL_MIN_48_HOURS", crl, [](World& w) { w.crl.revoked.pop_back(); },
       [](World& w) {
         with_previous(w);
         w.crl.this_update = time("2026-05-03T23:59:59Z");
         w.crl.next_update = time("2026-07-03T00:00:00Z");
       }},
      {"CRL_NUMBER_GROWS", crl, [](World& w) { set(w.crl.extensions, oid::kCrlNumber, integer("04")); }, with_previous},
      {"CRL_KEEPS_OLD_ENTRIES", crl, [](World& w) { w.crl.revoked.erase(w.crl.revoked.begin()); }, with_previous},
      {"CRL_IAN_ONLY_FORMER_NAMES", crl,
       [](World& w) { set(w.crl.extensions, kIssuerAltName, directory_name(name("C=VN,CN=Another CSCA"))); },
       [](World& w) {
         const Bytes former = name("C=VN,CN=Former CSCA");
         w.history = lint::History{.former_names = std::vector<Bytes>{former}};
         add(w.crl.extensions, kIssuerAltName, directory_name(former));
       }},
      {"CRL_NEWEST_KEY", crl, [](World& w) { w.crl.signed_by = &old_csca_key(); },
       [](World& w) { w.history = lint::History{.newest_csca = certificate_of(Kind::CscaRoot).build()}; }},
  };
}

}  // namespace

std::vector<Row> crl_rows() {
  std::vector<Row> all = field_rows();
  for (const Row& row : history_rows()) all.push_back(row);
  return all;
}

}  // namespace test
