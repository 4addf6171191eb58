// Certificates: encoding, serial number, algorithms, times, names, keys.

#include "pki/lint/oids.h"
#include "pki/x509/format/public_key.h"
#include "tests/lint/rows.h"

namespace test {

namespace {

using lint::Kind;
namespace oid = lint::oid;
using Attributes = std::vector<Bytes>;

Bytes country(const char* code) {
  return attribute(oid::kCountryName, 0x13, code);
}
Bytes common_name(const char* text) {
  return attribute(oid::kCommonName, 0x0C, text);
}

// The key's SubjectPublicKeyInfo with its ECParameters' fields changed, or its point.
Bytes key_with(const std::function<void(std::vector<Bytes>& parameters, Bytes& point)>& change) {
  asn1::TlvReader whole(signer_key().info);
  asn1::TlvReader info(whole.need(0x30));
  asn1::TlvReader algorithm(info.need(0x30));
  const auto id = algorithm.next().whole;
  asn1::TlvReader fields(algorithm.need(0x30));
  std::vector<Bytes> parameters;
  while (!fields.at_end()) {
    const auto one = fields.next().whole;
    parameters.emplace_back(one.begin(), one.end());
  }
  const auto bits = info.need(0x03);
  Bytes point(bits.begin() + 1, bits.end());
  change(parameters, point);
  Bytes all;
  for (const Bytes& one : parameters) base::append(all, one);
  asn1::TlvWriter identifier, out;
  identifier.raw(id).put(0x30, all);
  out.sequence(identifier).bit_string(point);
  return asn1::TlvWriter().sequence(out).take();
}

Bytes named_key() {
  return signer_key().key->public_key_named();
}

Bytes rsa_key() {
  asn1::TlvWriter numbers, algorithm, out;
  numbers.unsigned_integer(Bytes(256, 0xC3)).integer(65537);
  algorithm.oid(asn1::oid::kRsaEncryption).null();
  out.sequence(algorithm).bit_string(asn1::TlvWriter().sequence(numbers).take());
  return asn1::TlvWriter().sequence(out).take();
}

Bytes compressed(const Bytes& point) {
  Bytes out(point.begin(), point.begin() + 33);
  out[0] = static_cast<std::uint8_t>(2 + (point.back() & 1));
  return out;
}

std::vector<Row> encoding_rows() {
  const Kind ds = Kind::DocumentSigner;
  return {
      {"CERT_DER", ds, [](World& w) { w.certificate.extensions[3].value.push_back(0); }},
      {"CERT_VERSION_V3", ds, [](World& w) { w.certificate.version = {}; }},
      {"CERT_SERIAL_POSITIVE", ds, [](World& w) { w.certificate.serial = integer("8123456789"); }},
      {"CERT_SERIAL_MAX_20", ds,
       [](World& w) { w.certificate.serial = integer("010203040506070809101112131415161718192021"); }},
      {"CERT_SERIAL_MINIMAL", ds, [](World& w) { w.certificate.serial = integer("000123456789"); }},
      {"CERT_SERIAL_UNIQUE", ds, [](World& w) { w.certificate.serial = integer("0777"); },
       [](World& w) { w.history = lint::History{.serials = {base::hex("0777")}}; }},
      {"CERT_SIGALG_EQUAL", ds,
       [](World& w) { w.certificate.outer_algorithm = algorithm_with_null("1.2.840.10045.4.3.2"); }},
      {"CERT_HASH_ALLOWED", ds,
       [](World& w) {
         w.certificate.inner_algorithm = w.certificate.outer_algorithm = algorithm("1.2.840.10045.4.1");
       }},
      {"CERT_RSA_PSS", ds,
       [](World& w) {
         w.certificate.inner_algorithm = w.certificate.outer_algorithm = algorithm_with_null("1.2.840.113549.1.1.11");
       }},
      {"CERT_TIME_TYPE", ds, [](World& w) { w.certificate.not_before = element(0x18, "20260101000000Z"); }},
      {"CERT_TIME_FORM", ds, [](World& w) { w.certificate.not_before = element(0x17, "2601010000Z"); }},
      {"CERT_TIME_ORDER", Kind::MasterListSigner,
       [](World& w) { w.certificate.not_after = time("2025-12-31T23:59:59Z"); }},
      {"CERT_NO_UNIQUE_ID", ds, [](World& w) { w.certificate.unique_ids = element(0x81, std::string("\0\1", 2)); }},
      {"CERT_NO_ENCODED_DEFAULT", ds, [](World& w) { w.certificate.extensions[1].writes_false = true; }},
      {"CERT_EXTENSION_TWICE", ds,
       [](World& w) { w.certificate.extensions.push_back(w.certificate.extensions.front()); }},
  };
}

std::vector<Row> key_rows() {
  const Kind ds = Kind::DocumentSigner;
  return {
      {"CERT_EC_EXPLICIT", ds, [](World& w) { w.certificate.key = named_key(); }},
      {"CERT_EC_COFACTOR", ds,
       [](World& w) { w.certificate.key = key_with([](auto& parameters, Bytes&) { parameters.pop_back(); }); }},
      {"CERT_EC_UNCOMPRESSED", ds,
       [](World& w) { w.certificate.key = key_with([](auto&, Bytes& point) { point = compressed(point); }); }},
      {"CERT_EC_KNOWN_CURVE", ds,
       [](World& w) { w.certificate.key = key_with([](auto& parameters, Bytes&) { parameters[4].back() ^= 2; }); }},
      {"CERT_KEY_LENGTH_POLICY", ds, [](World& w) { w.policy->least_ec_bits = 384; },
       [](World& w) { w.policy = lint::Policy{.least_ec_bits = 256}; }},
      {"SIGNER_ECDSA_ONLY", Kind::SealSigner, [](World& w) { w.certificate.key = rsa_key(); }},
  };
}

std::vector<Row> name_rows() {
  const Kind ds = Kind::DocumentSigner;
  return {
      {"CERT_ISSUER_COUNTRY", ds, [](World& w) { w.certificate.issuer = name("O=TEST,CN=Test CSCA"); }},
      {"CERT_SUBJECT_COUNTRY", ds, [](World& w) { w.certificate.subject = name("C=VN,C=VN,O=TEST,CN=Test Signer"); }},
      {"CERT_COUNTRY_UPPERCASE", ds, [](World& w) { w.certificate.issuer = name("C=vn,O=TEST,CN=Test CSCA"); }},
      {"CERT_COUNTRY_PRINTABLE", ds,
       [](World& w) {
         w.certificate.subject = name_of({attribute(oid::kCountryName, 0x0C, "VN"), common_name("Test Signer")});
       }},
      {"CERT_COUNTRY_KNOWN", Kind::Communication,
       [](World& w) {
         w.certificate.issuer = name("C=QX,O=TEST,CN=Test CSCA");
         w.certificate.subject = name("C=QX,O=TEST,CN=Test Signer");
       }},
      {"CERT_COUNTRY_MATCH", ds, [](World& w) { w.certificate.issuer = name("C=LA,O=TEST,CN=Test CSCA"); }},
      {"CERT_COMMON_NAME", ds, [](World& w) { w.certificate.subject = name("C=VN,O=Test Signer"); }},
      {"CERT_DIRECTORY_STRING", ds,
       [](World& w) {
         w.certificate.subject = name_of({country("VN"), attribute(oid::kCommonName, 0x14, "Test Signer")});
       }},
      {"CERT_ISSUER_NAME_CHAINS", ds, [](World& w) { w.certificate.issuer = name("C=VN,O=TEST,CN=Test Csca"); },
       [](World& w) { w.issuer = certificate_of(Kind::CscaRoot).build(); }},
  };
}

}  // namespace

std::vector<Row> body_rows() {
  std::vector<Row> all = encoding_rows();
  for (auto rows : {key_rows(), name_rows()}) all.insert(all.end(), rows.begin(), rows.end());
  return all;
}

}  // namespace test
