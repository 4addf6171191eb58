#include "pki/lint/der.h"

#include <algorithm>

namespace lint {

namespace {

constexpr int kDeepest = 40;  // our objects nest a dozen deep; a file that nests more is none of them

struct Header {
  asn1::Tag tag = 0;
  std::size_t size = 0, length = 0;
  bool indefinite = false, long_length = false;
};

std::optional<Header> header_of(base::ByteView in) {
  if (in.size() < 2 || in[0] == 0) return std::nullopt;
  Header header;
  std::size_t at = 1;
  header.tag = in[0];
  if ((in[0] & 0x1F) == 0x1F) {
    do {
      if (at >= in.size() || at > 2) return std::nullopt;
      header.tag = header.tag << 8 | in[at];
    } while ((in[at++] & 0x80) != 0);
  }
  if (at >= in.size()) return std::nullopt;
  const std::size_t first = in[at++];
  if (first == 0x80) {
    header.indefinite = true;
  } else if (first > 0x80) {
    const std::size_t count = first & 0x7F;
    if (count > 8 || in.size() - at < count) return std::nullopt;
    for (std::size_t i = 0; i < count; ++i) header.length = header.length << 8 | in[at + i];
    header.long_length = header.length < 0x80 || in[at] == 0;
    at += count;
  } else {
    header.length = first;
  }
  header.size = at;
  return header;
}

bool is_constructed(base::ByteView in) {
  return (in[0] & 0x20) != 0;
}

std::optional<Node> read(base::ByteView in, int depth);

// Up to the end of the octets, or of an indefinite length up to its two zero octets; nullopt when those are missing.
std::optional<std::size_t> read_children(Node& parent, base::ByteView in, bool until_zeros, int depth) {
  std::size_t at = 0;
  while (at < in.size()) {
    if (until_zeros && in.size() - at >= 2 && in[at] == 0 && in[at + 1] == 0) return at;
    auto child = read(in.subspan(at), depth + 1);
    if (!child) {
      parent.broken = true;
      return until_zeros ? std::nullopt : std::optional(in.size());
    }
    at += child->whole.size();
    parent.children.push_back(std::move(*child));
  }
  return until_zeros ? std::nullopt : std::optional(at);
}

std::optional<Node> read(base::ByteView in, int depth) {
  const auto header = header_of(in);
  if (!header || depth > kDeepest) return std::nullopt;
  Node node;
  node.tag = header->tag;
  node.constructed = is_constructed(in);
  node.indefinite = header->indefinite;
  node.long_length = header->long_length;
  const base::ByteView rest = in.subspan(header->size);
  if (header->indefinite) {
    if (!node.constructed) return std::nullopt;
    const auto length = read_children(node, rest, true, depth);
    if (!length) return std::nullopt;
    node.value = rest.first(*length);
    node.whole = in.first(header->size + *length + 2);
    return node;
  }
  if (header->length > rest.size()) return std::nullopt;
  node.value = rest.first(header->length);
  node.whole = in.first(header->size + header->length);
  if (node.constructed) read_children(node, node.value, false, depth);
  return node;
}

// X.690 §11.6: as octet strings, the shorter padded with zeros.
bool sorted(const std::vector<Node>& elements) {
  return std::ranges::is_sorted(
      elements, [](const Node& a, const Node& b) { return std::ranges::lexicographical_compare(a.whole, b.whole); });
}

constexpr asn1::Tag kBoolean = 0x01, kOid = 0x06, kSet = 0x31;
constexpr asn1::Tag kUtcTime = 0x17, kGeneralizedTime = 0x18;

std::optional<unsigned> digits(base::ByteView text, std::size_t from, std::size_t count) {
  if (text.size() < from + count) return std::nullopt;
  unsigned value = 0;
  for (const std::uint8_t c : text.subspan(from, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

const Node* Node::find(asn1::Tag wanted) const {
  const auto found = std::ranges::find(children, wanted, &Node::tag);
  return found == children.end() ? nullptr : &*found;
}

std::string der_defect(const Node& node, bool sets) {
  if (node.indefinite) return "an indefinite length";
  if (node.long_length) return "a length with needless octets";
  if (node.broken) return "an element that is cut off";
  if (node.constructed && node.tag < 0x40 && node.tag != 0x30 && node.tag != kSet) return "a string in pieces";
  if (node.tag == kBoolean && (node.value.size() != 1 || (node.value[0] != 0 && node.value[0] != 0xFF))) {
    return "a BOOLEAN that is neither 00 nor FF";
  }
  if (node.tag == kOid && !asn1::is_valid_oid_content(node.value)) return "a broken OBJECT IDENTIFIER";
  if (sets && node.tag == kSet && !sorted(node.children)) return "a SET that is not sorted";
  for (const Node& child : node.children) {
    if (std::string defect = der_defect(child, sets); !defect.empty()) return defect;
  }
  return {};
}

std::optional<Node> read_tree(base::ByteView octets, std::size_t* used) {
  auto node = read(octets, 0);
  if (node && used != nullptr) *used = node->whole.size();
  return node;
}

std::optional<asn1::Oid> oid_of(const Node* node) {
  if (node == nullptr || node->tag != kOid || !asn1::is_valid_oid_content(node->value)) return std::nullopt;
  return asn1::Oid::from_content(node->value);
}

std::optional<std::int64_t> small_integer_of(const Node* node) {
  if (node == nullptr || node->tag != 0x02 || node->value.empty() || node->value.size() > 8) return std::nullopt;
  std::uint64_t value = (node->value[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t octet : node->value) value = value << 8 | octet;
  return static_cast<std::int64_t>(value);
}

base::Bytes octets_of(const Node& node) {
  if (!node.constructed) return {node.value.begin(), node.value.end()};
  base::Bytes all;
  for (const Node& piece : node.children) base::append(all, octets_of(piece));
  return all;
}

std::optional<base::Moment> time_of(const Node* node) {
  if (node == nullptr || !is_time_tag(node->tag)) return std::nullopt;
  const base::ByteView text = node->value;
  const std::size_t year_digits = node->tag == kUtcTime ? 2 : 4;
  auto year = digits(text, 0, year_digits);
  const auto month = digits(text, year_digits, 2), day = digits(text, year_digits + 2, 2);
  const auto hour = digits(text, year_digits + 4, 2), minute = digits(text, year_digits + 6, 2);
  const auto second = digits(text, year_digits + 8, 2);
  if (!year || !month || !day || !hour || !minute) return std::nullopt;
  if (node->tag == kUtcTime) *year += *year < 50 ? 2000U : 1900U;  // RFC 5280 §4.1.2.5.1
  const base::Date date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month}, std::chrono::day{*day}};
  if (!date.ok() || *hour > 23 || *minute > 59 || second.value_or(0) > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(second.value_or(0));
}

std::optional<asn1::Oid> algorithm_of(const Node* identifier) {
  return identifier == nullptr || identifier->tag != 0x30 ? std::nullopt : oid_of(identifier->child(0));
}

bool is_text(asn1::Tag tag) {
  return tag == 0x0C || (tag >= 0x12 && tag <= 0x16) || (tag >= 0x19 && tag <= 0x1E);
}

bool is_time_tag(asn1::Tag tag) {
  return tag == kUtcTime || tag == kGeneralizedTime;
}

bool is_der_time(const Node& node) {
  const std::size_t size = node.tag == kUtcTime ? 13 : 15;
  return node.value.size() == size && node.value.back() == 'Z' && time_of(&node).has_value() &&
         digits(node.value, size - 3, 2).has_value();
}

}  // namespace lint
