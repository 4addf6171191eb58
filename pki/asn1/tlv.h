#pragma once
// Strict BER-TLV and DER over spans: X.690 for the encoding, ISO 7816-4 Annex E for the tags on chips. One reader
// checks every length once, for all; nothing is copied; nothing recurses, so depth costs nothing.
//
//   TlvReader outer{file};
//   TlvReader inner{outer.need(0x61)};          // throws Malformed when the next tag is another one
//   const ByteView mrz = inner.need(0x5F1F);
//   inner.end();                                // nothing is left over
//   outer.end();

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"

namespace asn1 {

using Tag = std::uint32_t;  // the identifier octets as one number: 0x30, 0x5F1F, 0x7F61

// What was read is not what the encoding allows. Caught by the codec that knows which file it was; it becomes a finding
// when the file came from a card, and an Error when it is one of ours.
class Malformed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Lengths {
  Der,      // definite and minimal, X.690 §10.1
  Lenient,  // definite; a length with needless octets is let through and counted (see had_long_lengths)
};

struct Tlv {
  Tag tag = 0;
  base::ByteView value;  // the content octets
  base::ByteView whole;  // identifier, length and content octets as they stood
};

class TlvReader {
 public:
  explicit TlvReader(base::ByteView input, Lengths lengths = Lengths::Der) : rest_(input), lengths_(lengths) {}

  bool at_end() const { return rest_.empty(); }
  base::ByteView rest() const { return rest_; }
  std::optional<Tag> peek() const;  // the next tag, nullopt at the end; throws Malformed on a broken tag
  Tlv next();                       // throws Malformed at the end or on a broken element
  base::ByteView need(Tag tag);     // the content of the next element, which has this tag
  Tlv need_whole(Tag tag);
  std::optional<base::ByteView> maybe(
      Tag tag);      // the content if the next element has this tag; else nothing is consumed
  void end() const;  // throws Malformed if something is left over
  bool had_long_lengths() const { return had_long_lengths_; }

 private:
  base::ByteView rest_;
  Lengths lengths_;
  bool had_long_lengths_ = false;
};

// DER values (X.690 §8, §11); each throws Malformed.
std::int64_t read_integer(base::ByteView content);             // up to 8 octets, minimal
base::ByteView read_unsigned_integer(base::ByteView content);  // non-negative, minimal, leading zero stripped
Oid read_oid(base::ByteView content);
std::string read_printable_string(base::ByteView content);  // X.680 §41.4 alphabet
std::string read_utf8_string(base::ByteView content);       // well-formed UTF-8

// Writes DER. Elements are appended in order; a constructed element is opened with a callback or given as bytes.
class TlvWriter {
 public:
  TlvWriter& put(Tag tag, base::ByteView content);
  TlvWriter& put(Tag tag, std::string_view content) { return put(tag, base::view_of(content)); }
  TlvWriter& put(Tag tag, const TlvWriter& inner) { return put(tag, inner.view()); }
  TlvWriter& raw(base::ByteView encoded);  // elements that are encoded already
  // DER primitives
  TlvWriter& integer(std::int64_t value);
  TlvWriter& unsigned_integer(base::ByteView big_endian);  // a zero octet is put before a leading one bit
  TlvWriter& oid(const Oid& oid);
  TlvWriter& null();
  TlvWriter& octet_string(base::ByteView content) { return put(0x04, content); }
  TlvWriter& bit_string(base::ByteView content);  // no unused bits
  TlvWriter& boolean(bool value);
  TlvWriter& printable_string(std::string_view text);
  TlvWriter& utf8_string(std::string_view text) { return put(0x0C, text); }
  TlvWriter& sequence(const TlvWriter& inner) { return put(0x30, inner); }
  // SET OF: the elements are sorted as DER asks (X.690 §11.6).
  TlvWriter& set_of(std::vector<base::Bytes> elements);

  base::ByteView view() const { return out_; }
  base::Bytes take() { return std::move(out_); }

 private:
  base::Bytes out_;
};

base::Bytes encode_length(std::size_t length);
// The whole size of the first element of a file, from its first bytes (tag and length are enough); nullopt while more
// bytes are needed; throws Malformed. A reader of chip files uses it to read exactly header + length.
std::optional<std::size_t> announced_size(base::ByteView beginning);

}  // namespace asn1
