#include "pki/lint/views.h"

#include <algorithm>

#include "pki/lint/oids.h"

namespace lint {

namespace {

constexpr asn1::Tag kSequence = 0x30, kSet = 0x31, kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04;
constexpr asn1::Tag kBoolean = 0x01;

// Walks the children of an element in order; take() gives the next when it has one of the tags.
class Walk {
 public:
  explicit Walk(const Node* of) : of_(of) {}
  const Node* take(std::initializer_list<asn1::Tag> tags) {
    const Node* const next = of_ == nullptr ? nullptr : of_->child(at_);
    if (next == nullptr || std::ranges::find(tags, next->tag) == tags.end()) return nullptr;
    ++at_;
    return next;
  }
  bool at_end() const { return of_ == nullptr || at_ >= of_->children.size(); }

 private:
  const Node* of_;
  std::size_t at_ = 0;
};

base::ByteView bits_of(const Node* node) {
  return node == nullptr || node->tag != kBitString || node->value.empty() ? base::ByteView{} : node->value.subspan(1);
}

int bit_length(base::ByteView number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  if (number.empty()) return 0;
  int top = 8;
  while ((number.front() >> (top - 1)) == 0) --top;
  return static_cast<int>(number.size() - 1) * 8 + top;
}

KeyView key_view(const Node* node) {
  KeyView key;
  key.node = node;
  if (node == nullptr) return key;
  const Node* const identifier = node->child(0);
  key.algorithm = algorithm_of(identifier);
  key.point = bits_of(node->child(1));
  if (key.algorithm == oid::kEcPublicKey) {
    const Node* const parameters = identifier->child(1);
    const bool named = parameters != nullptr && parameters->tag == 0x06;
    const bool explicit_ones = parameters != nullptr && parameters->tag == kSequence;
    key.ec = named ? EcParameters::Named : explicit_ones ? EcParameters::Explicit : EcParameters::Implicit;
    if (!key.point.empty() && key.point.front() == 0x04) key.bits = static_cast<int>(key.point.size() - 1) / 2 * 8;
    if (explicit_ones) {
      if (const Node* const base_point = parameters->child(3)) key.base_point = octets_of(*base_point);
      const Node* const cofactor = parameters->child(5);
      key.cofactor = cofactor != nullptr && cofactor->tag == kInteger;
      const Node* const field = parameters->child(1);
      if (field != nullptr && field->child(1) != nullptr) key.bits = bit_length(field->child(1)->value);
    }
  } else if (key.algorithm == oid::kRsaEncryption || key.algorithm == oid::kRsaPss) {
    const auto inner = read_tree(key.point);
    if (inner && inner->child(0) != nullptr) key.bits = bit_length(inner->child(0)->value);
  }
  return key;
}

}  // namespace

std::vector<const NameAttribute*> NameView::all_of(const asn1::Oid& type) const {
  std::vector<const NameAttribute*> found;
  for (const NameAttribute& attribute : attributes) {
    if (attribute.type == type) found.push_back(&attribute);
  }
  return found;
}

std::string NameView::first_of(const asn1::Oid& type) const {
  const auto all = all_of(type);
  return all.empty() ? std::string{} : all.front()->value;
}

NameView name_view(const Node* node) {
  NameView name;
  name.node = node;
  if (node == nullptr) return name;
  for (const Node& step : node->children) {
    for (const Node& attribute : step.children) {
      const auto type = oid_of(attribute.child(0));
      const Node* const value = attribute.child(1);
      if (type && value != nullptr) name.attributes.push_back({*type, value->tag, base::text_of(value->value)});
    }
  }
  return name;
}

std::vector<ExtensionView> extension_views(const Node* list) {
  std::vector<ExtensionView> views;
  if (list == nullptr) return views;
  for (const Node& entry : list->children) {
    Walk walk(&entry);
    const auto id = oid_of(walk.take({0x06}));
    const Node* const critical = walk.take({kBoolean});
    const Node* const value = walk.take({kOctetString});
    if (!id || value == nullptr) continue;
    const bool set = critical != nullptr && !critical->value.empty() && critical->value[0] != 0;
    ExtensionView view{*id, set, critical != nullptr && !set, value->value, std::nullopt};
    std::size_t used = 0;
    auto inner = read_tree(value->value, &used);
    if (inner && used == value->value.size()) view.value = std::move(inner);
    views.push_back(std::move(view));
  }
  return views;
}

const ExtensionView* CertificateView::find(const asn1::Oid& id) const {
  const auto found = std::ranges::find(extensions, id, &ExtensionView::id);
  return found == extensions.end() ? nullptr : &*found;
}

std::optional<base::Moment> CertificateView::not_before() const {
  return validity == nullptr ? std::nullopt : time_of(validity->child(0));
}

std::optional<base::Moment> CertificateView::not_after() const {
  return validity == nullptr ? std::nullopt : time_of(validity->child(1));
}

bool CertificateView::is_ca() const {
  const ExtensionView* const constraints = find(asn1::oid::kBasicConstraints);
  if (constraints == nullptr || !constraints->value) return false;
  const Node* const ca = constraints->value->child(0);
  return ca != nullptr && ca->tag == kBoolean && !ca->value.empty() && ca->value[0] != 0;
}

CertificateView certificate_view(const Node& root) {
  CertificateView view;
  view.root = &root;
  Walk outer(&root);
  view.tbs = outer.take({kSequence});
  view.outer_algorithm = outer.take({kSequence});
  view.signature = outer.take({kBitString});
  Walk body(view.tbs);
  const Node* const tagged_version = body.take({0xA0});
  view.version = tagged_version == nullptr ? nullptr : tagged_version->child(0);
  view.serial = body.take({kInteger});
  view.inner_algorithm = body.take({kSequence});
  view.issuer = name_view(body.take({kSequence}));
  view.validity = body.take({kSequence});
  view.subject = name_view(body.take({kSequence}));
  view.key = key_view(body.take({kSequence}));
  while (body.take({0x81, 0x82, 0xA1, 0xA2}) != nullptr) view.unique_ids = true;
  const Node* const tagged_extensions = body.take({0xA3});
  if (tagged_extensions != nullptr) view.extensions = extension_views(tagged_extensions->child(0));
  view.complete = view.signature != nullptr && outer.at_end() && view.serial != nullptr && view.key.node != nullptr &&
                  view.validity != nullptr && view.validity->children.size() == 2 && body.at_end();
  return view;
}

const ExtensionView* CrlView::find(const asn1::Oid& id) const {
  const auto found = std::ranges::find(extensions, id, &ExtensionView::id);
  return found == extensions.end() ? nullptr : &*found;
}

CrlView crl_view(const Node& root) {
  CrlView view;
  view.root = &root;
  Walk outer(&root);
  view.tbs = outer.take({kSequence});
  view.outer_algorithm = outer.take({kSequence});
  const Node* const signature = outer.take({kBitString});
  Walk body(view.tbs);
  view.version = body.take({kInteger});
  view.inner_algorithm = body.take({kSequence});
  view.issuer = name_view(body.take({kSequence}));
  view.this_update = body.take({0x17, 0x18});
  view.next_update = body.take({0x17, 0x18});
  view.list = body.take({kSequence});
  if (view.list != nullptr) {
    for (const Node& entry : view.list->children) {
      Walk walk(&entry);
      RevokedView revoked;
      revoked.serial = walk.take({kInteger});
      revoked.date = walk.take({0x17, 0x18});
      revoked.extensions = extension_views(walk.take({kSequence}));
      view.revoked.push_back(std::move(revoked));
    }
  }
  const Node* const tagged_extensions = body.take({0xA0});
  if (tagged_extensions != nullptr) view.extensions = extension_views(tagged_extensions->child(0));
  view.complete = signature != nullptr && outer.at_end() && view.this_update != nullptr &&
                  view.issuer.node != nullptr && body.at_end();
  return view;
}

std::vector<const Node*> SignerView::attribute_values(const asn1::Oid& type) const {
  std::vector<const Node*> found;
  if (signed_attributes == nullptr) return found;
  for (const Node& attribute : signed_attributes->children) {
    if (oid_of(attribute.child(0)) == type && attribute.child(1) != nullptr) found.push_back(attribute.child(1));
  }
  return found;
}

void read_signed_data(const Node& content_info, SignedDataView& out) {
  out.content_info = &content_info;
  const Node* const wrapped = content_info.child(1);
  Walk data(wrapped == nullptr ? nullptr : wrapped->child(0));
  out.version = data.take({kInteger});
  out.digest_algorithms = data.take({kSet});
  const Node* const encapsulated = data.take({kSequence});
  out.certificates = data.take({0xA0});
  out.crls = data.take({0xA1});
  const Node* const signers = data.take({kSet});
  if (encapsulated != nullptr) {
    out.econtent_type = encapsulated->child(0);
    const Node* const content = encapsulated->child(1);
    if (content != nullptr && content->child(0) != nullptr) {
      out.has_content = true;
      out.content = octets_of(*content->child(0));
      std::size_t used = 0;
      out.content_tree = read_tree(out.content, &used);
      if (used != out.content.size()) out.content_tree.reset();
    }
  }
  if (out.certificates != nullptr) {
    for (const Node& certificate : out.certificates->children) {
      if (certificate.tag == kSequence) out.certificate_list.push_back(certificate_view(certificate));
    }
  }
  if (signers == nullptr) return;
  for (const Node& one : signers->children) {
    SignerView signer;
    signer.node = &one;
    Walk walk(&one);
    signer.version = walk.take({kInteger});
    signer.sid = walk.take({kSequence, 0x80, 0xA0});
    signer.digest_algorithm = walk.take({kSequence});
    signer.signed_attributes = walk.take({0xA0});
    signer.signature_algorithm = walk.take({kSequence});
    signer.signature = walk.take({kOctetString, 0x24});
    signer.unsigned_attributes = walk.take({0xA1});
    out.signers.push_back(signer);
  }
}

const CertificateView* SignedDataView::signer_certificate(const SignerView& signer) const {
  if (signer.sid == nullptr) return nullptr;
  for (const CertificateView& certificate : certificate_list) {
    if (signer.sid->tag == kSequence) {
      const Node *const issuer = signer.sid->child(0), *const serial = signer.sid->child(1);
      if (issuer != nullptr && serial != nullptr && certificate.serial != nullptr &&
          certificate.issuer.node != nullptr && base::equal(issuer->whole, certificate.issuer.node->whole) &&
          base::equal(serial->value, certificate.serial->value)) {
        return &certificate;
      }
    } else if (const ExtensionView* const id = certificate.find(asn1::oid::kSubjectKeyIdentifier)) {
      if (id->value && base::equal(id->value->value, octets_of(*signer.sid))) return &certificate;
    }
  }
  return nullptr;
}

LdsSecurityObjectView lds_view(const SignedDataView& data) {
  LdsSecurityObjectView view;
  if (!data.content_tree || data.content_tree->tag != kSequence) return view;
  Walk walk(&*data.content_tree);
  view.version = walk.take({kInteger});
  view.hash_algorithm = walk.take({kSequence});
  view.hashes = walk.take({kSequence});
  view.version_info = walk.take({kSequence});
  if (view.hashes == nullptr) return view;
  for (const Node& entry : view.hashes->children) {
    const Node* const value = entry.child(1);
    view.list.push_back({small_integer_of(entry.child(0)), value == nullptr ? base::ByteView{} : value->value});
  }
  return view;
}

const Node* master_list_certificates(const SignedDataView& data) {
  return data.content_tree ? data.content_tree->find(kSet) : nullptr;
}

}  // namespace lint
