#pragma once
// What the rules look at, picked out of the tree. A field that is missing or broken is null or empty; nothing is
// judged.

#include <optional>
#include <string>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/base/core/clock.h"
#include "pki/lint/der.h"

namespace lint {

struct NameAttribute {
  asn1::Oid type;
  asn1::Tag string_type = 0;
  std::string value;
};

struct NameView {
  const Node* node = nullptr;
  std::vector<NameAttribute> attributes;
  std::vector<const NameAttribute*> all_of(const asn1::Oid& type) const;
  std::string first_of(const asn1::Oid& type) const;  // "" when there is none
};
NameView name_view(const Node* node);

struct ExtensionView {
  asn1::Oid id;
  bool critical = false;
  bool default_written = false;  // critical FALSE stands there
  base::ByteView octets;         // content of extnValue
  std::optional<Node> value;     // nullopt: no whole element, or octets behind it
};
std::vector<ExtensionView> extension_views(const Node* list);  // SEQUENCE OF Extension

// How an EC key's domain parameters stand.
enum class EcParameters { None, Named, Explicit, Implicit };

struct KeyView {
  const Node* node = nullptr;  // SubjectPublicKeyInfo
  std::optional<asn1::Oid> algorithm;
  EcParameters ec = EcParameters::None;  // None: no EC key
  bool cofactor = false;
  base::Bytes base_point;
  base::ByteView point;  // the BIT STRING behind its count of unused bits
  int bits = 0;          // RSA modulus or field of an EC key; 0: cannot be told
};

struct CertificateView {
  const Node* root = nullptr;
  const Node *tbs = nullptr, *version = nullptr, *serial = nullptr, *inner_algorithm = nullptr, *validity = nullptr,
             *outer_algorithm = nullptr, *signature = nullptr;
  NameView issuer, subject;
  KeyView key;
  bool unique_ids = false;
  bool complete = false;  // every field that must be there is, in order
  std::vector<ExtensionView> extensions;

  const ExtensionView* find(const asn1::Oid& id) const;  // the first, or null
  std::optional<base::Moment> not_before() const, not_after() const;
  bool is_ca() const;  // BasicConstraints says so
};
CertificateView certificate_view(const Node& root);

struct RevokedView {
  const Node *serial = nullptr, *date = nullptr;
  std::vector<ExtensionView> extensions;
};

struct CrlView {
  const Node* root = nullptr;
  const Node *tbs = nullptr, *version = nullptr, *inner_algorithm = nullptr, *this_update = nullptr,
             *next_update = nullptr, *outer_algorithm = nullptr, *list = nullptr;
  NameView issuer;
  bool complete = false;
  std::vector<RevokedView> revoked;
  std::vector<ExtensionView> extensions;
  const ExtensionView* find(const asn1::Oid& id) const;
};
CrlView crl_view(const Node& root);

struct SignerView {
  const Node *node = nullptr, *version = nullptr, *sid = nullptr, *digest_algorithm = nullptr,
             *signed_attributes = nullptr, *signature_algorithm = nullptr, *signature = nullptr,
             *unsigned_attributes = nullptr;
  std::vector<const Node*> attribute_values(const asn1::Oid& type) const;  // the SETs of values, one an occurrence
};

// CMS SignedData inside its ContentInfo.
struct SignedDataView {
  const Node* content_info = nullptr;
  const Node *version = nullptr, *digest_algorithms = nullptr, *econtent_type = nullptr, *certificates = nullptr,
             *crls = nullptr;
  bool has_content = false;
  base::Bytes content;  // eContent's octets
  std::optional<Node> content_tree;
  std::vector<SignerView> signers;
  std::vector<CertificateView> certificate_list;
  const CertificateView* signer_certificate(const SignerView& signer) const;  // the one sid names, or null
};
// The tree's views have to live as long: content_tree looks into content.
void read_signed_data(const Node& content_info, SignedDataView& out);

// LDSSecurityObject (9303-10 §4.6.2.2)
struct LdsSecurityObjectView {
  const Node *version = nullptr, *hash_algorithm = nullptr, *hashes = nullptr, *version_info = nullptr;
  struct Hash {
    std::optional<std::int64_t> number;
    base::ByteView value;
  };
  std::vector<Hash> list;
};
LdsSecurityObjectView lds_view(const SignedDataView& data);

// The certificates of a CscaMasterList (9303-12 §9.2), each an element.
const Node* master_list_certificates(const SignedDataView& data);

}  // namespace lint
