#include "pki/asn1/tlv.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace asn1 {

namespace {

struct Header {
  Tag tag = 0;
  std::size_t size = 0;    // octets of tag and length
  std::size_t length = 0;  // of the content
  bool long_length = false;
};

// Tag: X.690 §8.1.2; at most three octets, which covers every tag of ISO 7816 and ICAO Doc 9303.
std::optional<std::pair<Tag, std::size_t>> parse_tag(base::ByteView in) {
  if (in.empty()) return std::nullopt;
  if (in[0] == 0) throw Malformed("an element has tag 00");  // X.690 §8.1.5: end-of-contents, never an element
  Tag tag = in[0];
  if ((in[0] & 0x1F) != 0x1F) return std::pair{tag, std::size_t{1}};
  for (std::size_t i = 1; i < 3; ++i) {
    if (i >= in.size()) return std::nullopt;
    if (i == 1 && in[1] == 0x80) throw Malformed("a tag begins with a zero group");
    tag = tag << 8 | in[i];
    if ((in[i] & 0x80) == 0) return std::pair{tag, i + 1};
  }
  throw Malformed("a tag is longer than three octets");
}

std::optional<Header> parse_header(base::ByteView in) {
  const auto tag = parse_tag(in);
  if (!tag || in.size() <= tag->second) return std::nullopt;
  Header header{tag->first, tag->second + 1, in[tag->second], false};
  if (header.length < 0x80) return header;
  // Length: X.690 §8.1.3.5; 80 (indefinite) and more than four octets have no place here.
  const std::size_t octets = header.length & 0x7F;
  if (octets == 0) throw Malformed("a length is indefinite");
  if (octets > 4) throw Malformed("a length has more than four octets");
  if (in.size() < header.size + octets) return std::nullopt;
  header.length = 0;
  for (std::size_t i = 0; i < octets; ++i) header.length = header.length << 8 | in[header.size + i];
  header.long_length = header.length < 0x80 || in[header.size] == 0;
  header.size += octets;
  return header;
}

}  // namespace

std::optional<Tag> TlvReader::peek() const {
  if (rest_.empty()) return std::nullopt;
  const auto tag = parse_tag(rest_);
  if (!tag) throw Malformed("a tag is cut off");
  return tag->first;
}

Tlv TlvReader::next() {
  const auto header = parse_header(rest_);
  if (!header) throw Malformed(rest_.empty() ? "an element is missing" : "an element is cut off in its tag or length");
  if (header->long_length) {
    if (lengths_ == Lengths::Der) throw Malformed("a length has needless octets");
    had_long_lengths_ = true;
  }
  if (header->length > rest_.size() - header->size) {
    throw Malformed(fmt::format("element {:X} announces {} octets and {} follow", header->tag, header->length,
                                rest_.size() - header->size));
  }
  const Tlv tlv{header->tag, rest_.subspan(header->size, header->length), rest_.first(header->size + header->length)};
  rest_ = rest_.subspan(tlv.whole.size());
  return tlv;
}

Tlv TlvReader::need_whole(Tag tag) {
  const auto found = peek();
  if (!found) throw Malformed(fmt::format("element {:X} is missing", tag));
  if (*found != tag) throw Malformed(fmt::format("element {:X} stands where {:X} is due", *found, tag));
  return next();
}

base::ByteView TlvReader::need(Tag tag) {
  return need_whole(tag).value;
}

std::optional<base::ByteView> TlvReader::maybe(Tag tag) {
  if (rest_.empty() || peek() != tag) return std::nullopt;
  return next().value;
}

void TlvReader::end() const {
  if (!rest_.empty()) throw Malformed(fmt::format("{} octets are left over", rest_.size()));
}

std::int64_t read_integer(base::ByteView content) {
  if (content.empty() || content.size() > 8) throw Malformed("an INTEGER has no octets or more than eight");
  if (content.size() > 1 && ((content[0] == 0x00 && content[1] < 0x80) || (content[0] == 0xFF && content[1] >= 0x80))) {
    throw Malformed("an INTEGER has needless octets");
  }
  std::uint64_t value = content[0] & 0x80 ? ~std::uint64_t{0} : 0;
  for (const std::uint8_t octet : content) value = value << 8 | octet;
  return static_cast<std::int64_t>(value);
}

base::ByteView read_unsigned_integer(base::ByteView content) {
  if (content.empty()) throw Malformed("an INTEGER has no octets");
  if (content[0] & 0x80) throw Malformed("an INTEGER is negative");
  if (content[0] != 0) return content;
  if (content.size() > 1 && content[1] < 0x80) throw Malformed("an INTEGER has needless octets");
  return content.subspan(content.size() > 1 ? 1 : 0);
}

Oid read_oid(base::ByteView content) {
  if (!is_valid_oid_content(content)) throw Malformed("an OBJECT IDENTIFIER is broken");
  return Oid::from_content(content);
}

std::string read_printable_string(base::ByteView content) {
  static constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?";
  for (const std::uint8_t octet : content) {
    if (kAllowed.find(static_cast<char>(octet)) == std::string_view::npos) {
      throw Malformed("a PrintableString has a character outside its alphabet");
    }
  }
  return base::text_of(content);
}

// RFC 3629 §4: no overlong form, no surrogate, nothing past U+10FFFF.
std::string read_utf8_string(base::ByteView content) {
  std::size_t i = 0;
  while (i < content.size()) {
    const std::uint8_t lead = content[i];
    const std::size_t more = lead < 0x80                   ? 0
                             : lead >= 0xC2 && lead < 0xE0 ? 1
                             : (lead & 0xF0) == 0xE0       ? 2
                             : lead >= 0xF0 && lead < 0xF5 ? 3
                                                           : 9;
    if (more == 9 || content.size() - i <= more) throw Malformed("a UTF8String is broken");
    for (std::size_t k = 1; k <= more; ++k) {
      std::uint8_t low = 0x80, high = 0xBF;
      if (k == 1 && lead == 0xE0) low = 0xA0;
      if (k == 1 && lead == 0xED) high = 0x9F;
      if (k == 1 && lead == 0xF0) low = 0x90;
      if (k == 1 && lead == 0xF4) high = 0x8F;
      if (content[i + k] < low || content[i + k] > high) throw Malformed("a UTF8String is broken");
    }
    i += more + 1;
  }
  return base::text_of(content);
}

base::Bytes encode_length(std::size_t length) {
  if (length < 0x80) return {static_cast<std::uint8_t>(length)};
  base::Bytes octets;
  for (; length > 0; length >>= 8) octets.insert(octets.begin(), static_cast<std::uint8_t>(length));
  octets.insert(octets.begin(), static_cast<std::uint8_t>(0x80 | octets.size()));
  return octets;
}

std::optional<std::size_t> announced_size(base::ByteView beginning) {
  const auto header = parse_header(beginning);
  if (!header) return std::nullopt;
  return header->size + header->length;
}

TlvWriter& TlvWriter::put(Tag tag, base::ByteView content) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (tag >> shift != 0) out_.push_back(static_cast<std::uint8_t>(tag >> shift));
  }
  base::append(out_, encode_length(content.size()));
  base::append(out_, content);
  return *this;
}

TlvWriter& TlvWriter::raw(base::ByteView encoded) {
  base::append(out_, encoded);
  return *this;
}

TlvWriter& TlvWriter::integer(std::int64_t value) {
  base::Bytes octets;
  std::int64_t rest = value;
  do {
    octets.insert(octets.begin(), static_cast<std::uint8_t>(rest));
    rest >>= 8;
  } while (!(rest == 0 && octets[0] < 0x80) && !(rest == -1 && octets[0] >= 0x80));
  return put(0x02, octets);
}

TlvWriter& TlvWriter::unsigned_integer(base::ByteView big_endian) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  base::Bytes octets;
  if (big_endian.empty() || big_endian[0] >= 0x80) octets.push_back(0);
  base::append(octets, big_endian);
  return put(0x02, octets);
}

TlvWriter& TlvWriter::oid(const Oid& oid) {
  return put(0x06, oid.content());
}
TlvWriter& TlvWriter::null() {
  return put(0x05, base::ByteView{});
}

TlvWriter& TlvWriter::bit_string(base::ByteView content) {
  base::Bytes octets{0};
  base::append(octets, content);
  return put(0x03, octets);
}

TlvWriter& TlvWriter::boolean(bool value) {
  const std::uint8_t octet = value ? 0xFF : 0x00;
  return put(0x01, base::ByteView(&octet, 1));
}

TlvWriter& TlvWriter::printable_string(std::string_view text) {
  read_printable_string(base::view_of(text));  // refuses what the alphabet lacks, before it is signed
  return put(0x13, text);
}

TlvWriter& TlvWriter::set_of(std::vector<base::Bytes> elements) {
  std::ranges::sort(elements);
  base::Bytes content;
  for (const base::Bytes& element : elements) base::append(content, element);
  return put(0x31, content);
}

}  // namespace asn1
