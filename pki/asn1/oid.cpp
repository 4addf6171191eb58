#include "pki/asn1/oid.h"

#include <charconv>

#include "pki/base/core/error.h"

namespace asn1 {

namespace {

void put_arc(base::Bytes& out, std::uint64_t arc) {
  base::Bytes reversed{static_cast<std::uint8_t>(arc & 0x7F)};
  for (arc >>= 7; arc > 0; arc >>= 7) reversed.push_back(static_cast<std::uint8_t>(0x80 | (arc & 0x7F)));
  out.insert(out.end(), reversed.rbegin(), reversed.rend());
}

}  // namespace

Oid::Oid(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  const char* at = dotted.data();
  const char* const end = dotted.data() + dotted.size();
  while (at != nullptr) {
    std::uint64_t arc = 0;
    const auto [next, error] = std::from_chars(at, end, arc);
    base::ensure(error == std::errc{} && (next == end || *next == '.'), "an OID literal is dotted numbers");
    arcs.push_back(arc);
    at = next == end ? nullptr : next + 1;
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
  std::uint64_t arc = 0;
  bool first = true;
  for (const std::uint8_t octet : content_) {
    arc = arc << 7 | (octet & 0x7F);
    if (octet & 0x80) continue;
    if (first) {
      const std::uint64_t top = arc < 80 ? arc / 40 : 2;
      out = std::to_string(top) + '.' + std::to_string(arc - top * 40);
      first = false;
    } else {
      out += '.' + std::to_string(arc);
    }
    arc = 0;
  }
  return out;
}

bool is_valid_oid_content(base::ByteView content) {
  if (content.empty() || (content.back() & 0x80) != 0) return false;
  std::size_t arc_octets = 0;
  for (const std::uint8_t octet : content) {
    if (arc_octets == 0 && octet == 0x80) return false;  // a leading zero group
    if (++arc_octets > 9) return false;                  // beyond 63 bits: no arc we know is that long
    if ((octet & 0x80) == 0) arc_octets = 0;
  }
  return true;
}

}  // namespace asn1
