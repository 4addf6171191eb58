#pragma once
// Objects to judge, field by field: a clean one of every kind from test keys, of which a test changes one field and
// builds (and signs) the rest anew.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/asn1/tlv.h"
#include "pki/keystore/signing_key.h"
#include "pki/lint/rule.h"
#include "pki/x509/format/extensions.h"
#include "pki/x509/format/name.h"

namespace test {

using base::Bytes;

base::Moment at(const char* rfc3339);
Bytes name(const char* text);                                                           // "C=VN,O=TEST,CN=Test CSCA"
Bytes attribute(const asn1::Oid& type, asn1::Tag string_type, std::string_view value);  // one RDN
Bytes name_of(const std::vector<Bytes>& steps);
Bytes time(const char* rfc3339);
Bytes element(asn1::Tag tag, std::string_view content);
Bytes algorithm(const char* oid);            // AlgorithmIdentifier without parameters
Bytes algorithm_with_null(const char* oid);  // with NULL
Bytes integer(std::string_view hex);         // INTEGER of these content octets

// Keys on P-256, always the same; SHA-1 of the point is their identifier.
struct Key {
  std::unique_ptr<keystore::SigningKey> key;
  Bytes info, id;
};
const Key& csca_key();
const Key& old_csca_key();
const Key& signer_key();

struct Extension {
  asn1::Oid id;
  bool critical = false;
  Bytes value;
  bool writes_false = false;
};
using Extensions = std::vector<Extension>;
void set(Extensions& all, const asn1::Oid& id, Bytes value);
void set_critical(Extensions& all, const asn1::Oid& id, bool critical);
void drop(Extensions& all, const asn1::Oid& id);
void add(Extensions& all, const asn1::Oid& id, Bytes value, bool critical = false);

struct Certificate {
  Bytes version, serial, inner_algorithm, outer_algorithm, issuer, not_before, not_after, subject, key, unique_ids;
  Extensions extensions;
  const Key* signed_by = nullptr;
  Bytes build() const;
};

struct Revoked {
  Bytes serial, date;
  Extensions extensions;
};
struct Crl {
  Bytes version, inner_algorithm, outer_algorithm, issuer, this_update, next_update;
  std::vector<Revoked> revoked;
  bool empty_list = false;  // the list stands there although nothing is in it
  Extensions extensions;
  const Key* signed_by = nullptr;
  Bytes build() const;
};

struct Hash {
  Bytes number;  // INTEGER, whole
  Bytes value;
};
struct LdsSecurityObject {
  Bytes version, hash_algorithm;
  std::vector<Hash> hashes;
  Bytes version_info;
  Bytes build() const;
};

struct SignedData {
  asn1::Tag outer_tag = 0;  // 0: a bare ContentInfo
  Bytes version, digest_algorithms;
  asn1::Oid content_type{"2.23.136.1.1.1"};
  Bytes certificates, crls;
  Bytes signer_version, sid, digest_algorithm, signature_algorithm, unsigned_attributes;
  bool with_attributes = true, reversed_attributes = false, long_length = false;
  std::vector<Bytes> more_attributes;
  std::optional<Bytes> content_type_attribute, digest_attribute;  // instead of the right one
  int signers = 1;
  bool broken_signature = false;
  const Key* signed_by = nullptr;
  Bytes build(const Bytes& content) const;
};

// Everything that a row may change. build() gives the object of its kind.
struct World {
  explicit World(lint::Kind kind);
  lint::Kind kind;
  Certificate certificate;  // of its kind, or the signer's of a list or EF.SOD
  Crl crl;
  LdsSecurityObject lds;
  SignedData data;
  bool signer_inside = true, csca_inside = true;  // EF.SOD, lists: which certificates are carried
  Bytes list_version;
  std::vector<Bytes> entries;   // of a master list
  Bytes list_digest_algorithm;  // of a deviation list; may be empty
  std::vector<Bytes> deviations;
  // what stands beside it
  std::optional<Bytes> issuer;
  std::optional<lint::History> history;
  std::optional<lint::Policy> policy;
  std::optional<lint::Document> document;
  std::optional<std::map<int, Bytes>> data_groups;

  Bytes build() const;
  base::Findings lint() const;
};

Certificate certificate_of(lint::Kind kind);

}  // namespace test
