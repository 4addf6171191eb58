#include "pki/asn1/oid.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <iterator>

#include "pki/base/core/error.h"

namespace asn1 {

namespace {

// As long as it likes: the arc under 2.25 is a UUID (X.667 §7).
using Arc = boost::multiprecision::cpp_int;

bool is_decimal(std::string_view text) {
  return !text.empty() && (text == "0" || text.front() != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// X.690 8.19.2: groups of seven bits, the most significant first, bit 8 on all but the last.
void put_arc(base::Bytes& out, const Arc& arc) {
  const std::size_t start = out.size();
  export_bits(arc, std::back_inserter(out), 7);
  for (std::size_t i = start; i + 1 < out.size(); ++i) out[i] |= 0x80;
}

}  // namespace

Oid::Oid(std::string_view dotted) {
  std::vector<Arc> arcs;
  for (std::size_t at = 0; at <= dotted.size();) {
    const std::size_t end = std::min(dotted.find('.', at), dotted.size());
    const std::string_view arc = dotted.substr(at, end - at);
    base::ensure(is_decimal(arc), "an OID literal is dotted numbers");
    arcs.emplace_back(std::string(arc));
    at = end + 1;
  }
  base::ensure(arcs.size() >= 2 && arcs[0] <= 2, "an OID literal has two arcs or more");
  base::ensure(arcs[0] == 2 || arcs[1] < 40, "an OID literal's second arc is below 40 under 0 and 1");  // X.690 8.19.4
  put_arc(content_, arcs[0] * 40 + arcs[1]);
  for (std::size_t i = 2; i < arcs.size(); ++i) put_arc(content_, arcs[i]);
}

Oid Oid::from_content(base::ByteView content) {
  Oid made;
  made.content_.assign(content.begin(), content.end());
  return made;
}

std::string Oid::dotted() const {
  std::string out;
  Arc arc;
  for (const std::uint8_t octet : content_) {
    arc = arc << 7 | (octet & 0x7F);
    if (octet & 0x80) continue;
    if (out.empty()) {
      const Arc top = arc < 80 ? Arc(arc / 40) : Arc(2);
      out = top.str() + '.' + Arc(arc - top * 40).str();
    } else {
      out += '.' + arc.str();
    }
    arc = 0;
  }
  return out;
}

bool is_valid_oid_content(base::ByteView content) {
  constexpr std::size_t kLongestArc = 19;  // octets: the 128 bits of a UUID, and none is longer
  if (content.empty() || (content.back() & 0x80) != 0) return false;
  std::size_t arc_octets = 0;
  for (const std::uint8_t octet : content) {
    if (arc_octets == 0 && octet == 0x80) return false;  // a leading zero group
    if (++arc_octets > kLongestArc) return false;
    if ((octet & 0x80) == 0) arc_octets = 0;
  }
  return true;
}

}  // namespace asn1
