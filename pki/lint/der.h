#pragma once
// A tolerant look at DER and BER: a tree of views into the octets, in which odd encodings are marked and not refused.
// Codecs that must refuse use asn1::TlvReader.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/asn1/oid.h"
#include "pki/asn1/tlv.h"
#include "pki/base/core/bytes.h"
#include "pki/base/core/clock.h"

namespace lint {

struct Node {
  asn1::Tag tag = 0;
  base::ByteView value;  // content octets; of an indefinite length without the end marker
  base::ByteView whole;
  std::vector<Node> children;  // of constructed elements
  bool constructed = false;
  bool indefinite = false, long_length = false;  // its length is, or has needless octets
  bool broken = false;                           // its content is no run of whole elements

  const Node* child(std::size_t index) const { return index < children.size() ? &children[index] : nullptr; }
  const Node* find(asn1::Tag wanted) const;  // the first child with this tag, or null
};

// What is not DER in an element (X.690 §10, §11) as words: "an indefinite length"; empty when all is well. Context tags
// are not looked into beyond their lengths. `sets` false: the order of SET OF is not judged.
std::string der_defect(const Node& node, bool sets = true);

// The first element of the octets; nullopt when none is whole. `used`: how many octets it took.
std::optional<Node> read_tree(base::ByteView octets, std::size_t* used = nullptr);

// Values, tolerantly; nullopt for what is none.
std::optional<asn1::Oid> oid_of(const Node* node);
std::optional<std::int64_t> small_integer_of(const Node* node);  // up to 8 octets, minimal or not
base::Bytes octets_of(const Node& node);                // OCTET STRING, its pieces joined where it is constructed
std::optional<base::Moment> time_of(const Node* node);  // UTCTime, GeneralizedTime; seconds may be missing
std::optional<asn1::Oid> algorithm_of(const Node* identifier);  // AlgorithmIdentifier's
bool is_text(asn1::Tag tag);                                    // a string type of X.680
bool is_der_time(const Node& node);                             // seconds, Z, no fraction, a day that exists
bool is_time_tag(asn1::Tag tag);                                // UTCTime or GeneralizedTime

}  // namespace lint
