#include "tests/lint/objects.h"

#include <algorithm>

#include "pki/base/core/error.h"
#include "pki/base/core/random.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/lint/oids.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/format/time.h"

namespace test {

using asn1::TlvWriter;
using lint::Kind;
namespace format = x509::format;
namespace id = asn1::oid;

namespace {

constexpr const char* kEcdsaSha256 = "1.2.840.10045.4.3.2";
constexpr const char* kSha256 = "2.16.840.1.101.3.4.2.1";
constexpr const char* kCscaName = "C=VN,O=TEST,CN=Test CSCA";

Key make_key(std::uint64_t seed) {
  base::SeededRandom random(seed);
  Key key;
  key.key = keystore::generate(keystore::KeyKind::P256, random);
  key.info = key.key->public_key_explicit();
  key.id = crypto::openssl::digest(crypto::openssl::Hash::Sha1, format::parse_public_key_info(key.info).key);
  return key;
}

Bytes signature_over(base::ByteView message, const Key& key) {
  return format::ecdsa_signature(key.key->sign_digest(crypto::openssl::sha256(message)));
}

Bytes encoded(const Extensions& all) {
  TlvWriter list;
  for (const Extension& one : all) {
    TlvWriter entry;
    entry.oid(one.id);
    if (one.critical || one.writes_false) entry.put(0x01, Bytes{static_cast<std::uint8_t>(one.critical ? 0xFF : 0)});
    entry.octet_string(one.value);
    list.sequence(entry);
  }
  return TlvWriter().sequence(list).take();
}

Bytes outer(const Bytes& tbs, const Bytes& algorithm, const Key& key) {
  TlvWriter whole;
  whole.raw(tbs).raw(algorithm).bit_string(signature_over(tbs, key));
  return TlvWriter().sequence(whole).take();
}

Bytes altnames() {
  using Names = std::vector<format::AlternativeName>;
  format::AlternativeName state, contact;
  state.kind = format::AlternativeName::Kind::Directory;
  state.directory = format::locality_name("VNM");
  contact.kind = format::AlternativeName::Kind::Email;
  contact.text = "csca@example.vn";
  return format::encode_alternative_names(Names{state, contact});
}

void add_common(Extensions& all, const Key& authority) {
  add(all, id::kAuthorityKeyIdentifier, format::encode_authority_key_identifier(authority.id));
}

void add_long(Extensions& all) {
  add(all, id::kSubjectAltName, altnames());
  add(all, id::kIssuerAltName, altnames());
  add(all, id::kCrlDistributionPoints, format::encode_crl_distribution_points({"https://csca.example.vn/csca.crl"}));
}

void add_use(Extensions& all, const char* from, const char* to) {
  add(all, id::kPrivateKeyUsagePeriod, format::encode_usage_period({at(from), at(to)}));
}

void make_csca(Certificate& c, const Key& key, const Key& by) {
  add(c.extensions, id::kSubjectKeyIdentifier, format::encode_subject_key_identifier(key.id));
  add(c.extensions, id::kKeyUsage, format::encode_key_usage({format::KeyUse::KeyCertSign, format::KeyUse::CrlSign}),
      true);
  add(c.extensions, id::kBasicConstraints, format::encode_ca_constraints(0), true);
  add_use(c.extensions, "2026-01-01T00:00:00Z", "2030-12-31T23:59:59Z");
  c.not_after = time("2052-12-31T23:59:59Z");
  c.key = key.info;
  c.subject = name(kCscaName);
  c.signed_by = &by;
}

void make_signer(Certificate& c, const std::vector<asn1::Oid>& purposes) {
  if (!purposes.empty())
    add(c.extensions, lint::oid::kExtendedKeyUsage, format::encode_extended_key_usage(purposes), true);
}

}  // namespace

base::Moment at(const char* rfc3339) {
  return *base::parse_rfc3339(rfc3339);
}

Bytes name(const char* text) {
  return format::encode(*format::name_from_text(text));
}

Bytes attribute(const asn1::Oid& type, asn1::Tag string_type, std::string_view value) {
  TlvWriter pair;
  pair.oid(type).put(string_type, value);
  return TlvWriter().put(0x31, TlvWriter().sequence(pair)).take();
}

Bytes name_of(const std::vector<Bytes>& steps) {
  TlvWriter all;
  for (const Bytes& step : steps) all.raw(step);
  return TlvWriter().sequence(all).take();
}

Bytes time(const char* rfc3339) {
  return format::encode_time(at(rfc3339));
}

Bytes element(asn1::Tag tag, std::string_view content) {
  return TlvWriter().put(tag, content).take();
}

Bytes algorithm(const char* oid) {
  return TlvWriter().sequence(TlvWriter().oid(asn1::Oid(oid))).take();
}

Bytes algorithm_with_null(const char* oid) {
  return TlvWriter().sequence(TlvWriter().oid(asn1::Oid(oid)).null()).take();
}

Bytes integer(std::string_view hex) {
  return TlvWriter().put(0x02, base::hex(hex)).take();
}

const Key& csca_key() {
  static const Key kKey = make_key(1);
  return kKey;
}

const Key& old_csca_key() {
  static const Key kKey = make_key(2);
  return kKey;
}

const Key& signer_key() {
  static const Key kKey = make_key(3);
  return kKey;
}

void set(Extensions& all, const asn1::Oid& id, Bytes value) {
  const auto found = std::ranges::find(all, id, &Extension::id);
  base::ensure(found != all.end(), "the extension is there");
  found->value = std::move(value);
}

void set_critical(Extensions& all, const asn1::Oid& id, bool critical) {
  const auto found = std::ranges::find(all, id, &Extension::id);
  base::ensure(found != all.end(), "the extension is there");
  found->critical = critical;
}

void drop(Extensions& all, const asn1::Oid& id) {
  base::ensure(std::erase_if(all, [&](const Extension& one) { return one.id == id; }) == 1, "the extension is there");
}

void add(Extensions& all, const asn1::Oid& id, Bytes value, bool critical) {
  all.push_back({id, critical, std::move(value), false});
}

Bytes Certificate::build() const {
  TlvWriter validity, body;
  validity.raw(not_before).raw(not_after);
  body.raw(version).raw(serial).raw(inner_algorithm).raw(issuer).sequence(validity).raw(subject).raw(key);
  body.raw(unique_ids).put(0xA3, encoded(extensions));
  return outer(TlvWriter().sequence(body).take(), outer_algorithm, *signed_by);
}

Bytes Crl::build() const {
  TlvWriter body, list;
  body.raw(version).raw(inner_algorithm).raw(issuer).raw(this_update).raw(next_update);
  for (const Revoked& one : revoked) {
    TlvWriter entry;
    entry.raw(one.serial).raw(one.date);
    if (!one.extensions.empty()) entry.raw(encoded(one.extensions));
    list.sequence(entry);
  }
  if (!revoked.empty() || empty_list) body.sequence(list);
  body.put(0xA0, encoded(extensions));
  return outer(TlvWriter().sequence(body).take(), outer_algorithm, *signed_by);
}

Bytes LdsSecurityObject::build() const {
  TlvWriter list, body;
  for (const Hash& one : hashes) list.sequence(TlvWriter().raw(one.number).octet_string(one.value));
  body.raw(version).raw(hash_algorithm).sequence(list).raw(version_info);
  return TlvWriter().sequence(body).take();
}

Bytes SignedData::build(const Bytes& content) const {
  const auto attribute_of = [](const asn1::Oid& type, const Bytes& value) {
    return TlvWriter().sequence(TlvWriter().oid(type).put(0x31, value)).take();
  };
  std::vector<Bytes> attributes = more_attributes;
  attributes.push_back(
      attribute_of(id::kContentType, content_type_attribute.value_or(TlvWriter().oid(content_type).take())));
  const Bytes digest = TlvWriter().octet_string(crypto::openssl::sha256(content)).take();
  attributes.push_back(attribute_of(id::kMessageDigest, digest_attribute.value_or(digest)));
  const Bytes as_signed = TlvWriter().set_of(attributes).take();
  asn1::TlvReader in_order(asn1::TlvReader(as_signed).need(0x31));
  std::vector<Bytes> sorted;
  while (!in_order.at_end()) {
    const auto one = in_order.next().whole;
    sorted.emplace_back(one.begin(), one.end());
  }
  if (reversed_attributes) std::ranges::reverse(sorted);
  Bytes as_written;
  for (const Bytes& one : sorted) base::append(as_written, one);

  Bytes signature = signature_over(with_attributes ? as_signed : content, *signed_by);
  if (broken_signature) signature.back() ^= 1;
  TlvWriter signer;
  signer.raw(signer_version).raw(sid).raw(digest_algorithm);
  if (with_attributes) signer.put(0xA0, as_written);
  signer.raw(signature_algorithm).octet_string(signature).raw(unsigned_attributes);
  Bytes signer_infos;
  for (int i = 0; i < signers; ++i) base::append(signer_infos, TlvWriter().sequence(signer).take());

  TlvWriter encapsulated, body, info;
  encapsulated.oid(content_type).put(0xA0, TlvWriter().octet_string(content));
  body.raw(version).raw(digest_algorithms).sequence(encapsulated).put(0xA0, certificates).raw(crls);
  body.put(0x31, signer_infos);
  info.oid(id::kSignedData).put(0xA0, TlvWriter().sequence(body));
  const Bytes bare = TlvWriter().sequence(info).take();
  if (outer_tag == 0) return bare;
  if (!long_length) return TlvWriter().put(outer_tag, bare).take();
  Bytes whole{static_cast<std::uint8_t>(outer_tag), 0x83, 0, static_cast<std::uint8_t>(bare.size() >> 8),
              static_cast<std::uint8_t>(bare.size() & 0xFF)};
  base::append(whole, bare);
  return whole;
}

Certificate certificate_of(Kind kind) {
  Certificate c;
  c.version = TlvWriter().put(0xA0, TlvWriter().integer(2)).take();
  c.serial = integer("0123456789");
  c.inner_algorithm = c.outer_algorithm = algorithm(kEcdsaSha256);
  c.issuer = name(kCscaName);
  c.not_before = time("2026-01-01T00:00:00Z");
  c.not_after = time("2048-12-31T23:59:59Z");
  c.key = signer_key().info;
  c.subject = name("C=VN,O=TEST,CN=Test Signer");
  c.signed_by = &csca_key();
  add_common(c.extensions, kind == Kind::CscaLink ? old_csca_key() : csca_key());
  if (!lint::kShortSigners.has(kind)) add_long(c.extensions);
  if (kind == Kind::CscaRoot) make_csca(c, csca_key(), csca_key());
  if (kind == Kind::CscaLink) make_csca(c, csca_key(), old_csca_key());
  if (!lint::kCsca.has(kind) && !lint::kShortSigners.has(kind)) {
    add(c.extensions, id::kKeyUsage, format::encode_key_usage({format::KeyUse::DigitalSignature}), true);
  }
  if (lint::kListSigners.has(kind)) {
    add(c.extensions, id::kSubjectKeyIdentifier, format::encode_subject_key_identifier(signer_key().id));
  }
  if (kind == Kind::DocumentSigner) {
    add_use(c.extensions, "2026-01-01T00:00:00Z", "2026-03-31T23:59:59Z");
    add(c.extensions, id::kDocumentTypeList, format::encode_document_types({"ID"}));
  }
  if (kind == Kind::MasterListSigner) make_signer(c, {lint::oid::kMasterListSigning});
  if (kind == Kind::DeviationListSigner) make_signer(c, {lint::oid::kDeviationListSigning});
  if (kind == Kind::Communication) make_signer(c, {asn1::Oid("1.3.6.1.5.5.7.3.1")});
  if (kind == Kind::Lds2Signer) make_signer(c, {lint::oid::kLds2Stamp, lint::oid::kLds2Visa});
  if (kind == Kind::Lds2Signer) c.subject = name("C=VN,CN=STAMP1");
  if (kind == Kind::SealSigner) {
    make_signer(c, {lint::oid::kSealSigner});
    c.subject =
        name_of({attribute(lint::oid::kCountryName, 0x13, "VN"), attribute(lint::oid::kCommonName, 0x13, "DS")});
  }
  if (lint::kSpoc.has(kind)) {
    const bool client = kind == Kind::SpocClient;
    make_signer(c, {client ? lint::oid::kSpocClient : lint::oid::kSpocServer});
    c.subject = name(client ? "C=VN,CN=SPOC TLS client" : "C=VN,CN=SPOC TLS server");
    c.not_after = time("2026-12-31T23:59:59Z");
    format::AlternativeName host;
    host.kind = format::AlternativeName::Kind::Dns;
    host.text = "spoc.example.vn";
    auto names = format::parse_alternative_names(altnames());
    names.push_back(host);
    set(c.extensions, id::kSubjectAltName, format::encode_alternative_names(names));
  }
  return c;
}

World::World(Kind of) : kind(of) {
  const bool sod = kind == Kind::Sod;
  certificate = certificate_of(sod                           ? Kind::DocumentSigner
                               : kind == Kind::MasterList    ? Kind::MasterListSigner
                               : kind == Kind::DeviationList ? Kind::DeviationListSigner
                               : kind == Kind::Crl           ? Kind::CscaRoot
                                                             : kind);
  crl.version = integer("01");
  crl.inner_algorithm = crl.outer_algorithm = algorithm(kEcdsaSha256);
  crl.issuer = name(kCscaName);
  crl.this_update = time("2026-06-01T00:00:00Z");
  crl.next_update = time("2026-08-01T00:00:00Z");
  crl.revoked = {{integer("11"), time("2026-05-01T00:00:00Z"), {}}, {integer("22"), time("2026-05-02T00:00:00Z"), {}}};
  add(crl.extensions, id::kAuthorityKeyIdentifier, format::encode_authority_key_identifier(csca_key().id));
  add(crl.extensions, lint::oid::kCrlNumber, integer("05"));
  crl.signed_by = &csca_key();

  lds.version = integer("01");
  lds.hash_algorithm = algorithm(kSha256);
  lds.version_info = TlvWriter().sequence(TlvWriter().printable_string("0108").printable_string("040000")).take();
  for (const char* const group : {"61020101", "75020102"}) {
    lds.hashes.push_back({integer(lds.hashes.empty() ? "01" : "02"), crypto::openssl::sha256(base::hex(group))});
  }

  data.outer_tag = sod ? 0x77 : 0;
  data.version = integer("03");
  data.digest_algorithms = TlvWriter().put(0x31, algorithm(kSha256)).take();
  if (kind == Kind::MasterList) data.content_type = lint::oid::kMasterList;
  if (kind == Kind::DeviationList) data.content_type = lint::oid::kDeviationList;
  data.signer_version = integer(sod ? "01" : "03");
  data.sid = sod ? TlvWriter().sequence(TlvWriter().raw(certificate.issuer).raw(certificate.serial)).take()
                 : TlvWriter().put(0x80, signer_key().id).take();
  data.digest_algorithm = algorithm(kSha256);
  data.signature_algorithm = algorithm(kEcdsaSha256);
  if (!sod) {
    const Bytes signing_time = time("2026-06-01T00:00:00Z");
    data.more_attributes = {TlvWriter().sequence(TlvWriter().oid(id::kSigningTime).put(0x31, signing_time)).take()};
  }
  data.signed_by = &signer_key();

  list_version = integer("00");
  entries = {certificate_of(Kind::CscaRoot).build()};
  const Bytes description = TlvWriter().sequence(TlvWriter().oid(asn1::Oid("2.23.136.1.1.7.2.1"))).take();
  const Bytes documents = TlvWriter().sequence(TlvWriter().put(0x83, Bytes(32, 0x5A))).take();
  list_digest_algorithm = algorithm(kSha256);
  deviations = {TlvWriter().sequence(TlvWriter().raw(documents).put(0x31, description)).take()};
}

Bytes World::build() const {
  if (lint::kCertificates.has(kind)) return certificate.build();
  if (kind == Kind::Crl) return crl.build();
  SignedData whole = data;
  if (signer_inside) base::append(whole.certificates, certificate.build());
  if (csca_inside && kind != Kind::Sod) base::append(whole.certificates, certificate_of(Kind::CscaRoot).build());
  if (kind == Kind::Sod) return whole.build(lds.build());
  TlvWriter content;
  content.raw(list_version);
  if (kind == Kind::MasterList) return whole.build(TlvWriter().sequence(content.set_of(entries)).take());
  content.raw(list_digest_algorithm).set_of(deviations);
  return whole.build(TlvWriter().sequence(content).take());
}

base::Findings World::lint() const {
  lint::Context context;
  context.kind = kind;
  if (issuer) context.issuer = *issuer;
  if (history) context.history = &*history;
  if (policy) context.policy = &*policy;
  if (document) context.document = &*document;
  if (data_groups) context.data_groups = &*data_groups;
  return lint::lint(build(), context);
}

}  // namespace test
