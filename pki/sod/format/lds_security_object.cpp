#include "pki/sod/format/lds_security_object.h"

#include <fmt/format.h>

#include <algorithm>

namespace sod::format {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr asn1::Tag kEfSod = 0x77;

// hashAlgorithm: written without parameters, read absent or NULL (9303-10 §4.6.2.3 note 2).
void parse_hash_algorithm(base::ByteView content, LdsSecurityObject& object) {
  TlvReader inner(content);
  object.hash_algorithm = asn1::read_oid(inner.need(0x06));
  const auto null = inner.maybe(0x05);
  if (null && !null->empty()) throw asn1::Malformed("a NULL has content");
  object.null_parameters = null.has_value();
  inner.end();
}

// DataGroupHash ::= SEQUENCE { dataGroupNumber INTEGER (1..16), dataGroupHashValue OCTET STRING }
void parse_hash(base::ByteView content, LdsSecurityObject& object) {
  TlvReader inner(content);
  const std::int64_t number = asn1::read_integer(inner.need(0x02));
  const base::ByteView value = inner.need(0x04);
  inner.end();
  if (number < 1 || number > 16) throw asn1::Malformed(fmt::format("there is no data group {}", number));
  if (!object.hashes.emplace(static_cast<int>(number), base::Bytes(value.begin(), value.end())).second) {
    throw asn1::Malformed(fmt::format("data group {} is listed twice", number));
  }
  object.order.push_back(static_cast<int>(number));
}

}  // namespace

base::Bytes encode(const LdsSecurityObject& object) {
  TlvWriter hashes;
  const auto write = [&hashes, &object](int number) {
    hashes.sequence(TlvWriter{}.integer(number).octet_string(object.hashes.at(number)));
  };
  if (object.order.empty()) {
    for (const auto& [number, value] : object.hashes) write(number);
  } else {
    for (const int number : object.order) write(number);
  }
  TlvWriter algorithm;
  algorithm.oid(object.hash_algorithm);
  if (object.null_parameters) algorithm.null();
  TlvWriter inner;
  inner.integer(object.version).sequence(algorithm).sequence(hashes);
  if (object.version == 1) {
    inner.sequence(TlvWriter{}.printable_string(object.lds_version).printable_string(object.unicode_version));
  }
  return TlvWriter{}.sequence(inner).take();
}

LdsSecurityObject parse(base::ByteView der) {
  TlvReader outer(der);
  TlvReader inner(outer.need(0x30));
  outer.end();
  LdsSecurityObject object;
  const std::int64_t version = asn1::read_integer(inner.need(0x02));
  if (version != 0 && version != 1) throw asn1::Malformed(fmt::format("version {} is not known", version));
  object.version = static_cast<int>(version);
  parse_hash_algorithm(inner.need(0x30), object);
  for (TlvReader list(inner.need(0x30)); !list.at_end();) parse_hash(list.need(0x30), object);
  if (std::ranges::is_sorted(object.order)) object.order.clear();
  if (object.hashes.size() < 2) throw asn1::Malformed("fewer than two data groups are listed");
  if (object.version == 1) {
    TlvReader versions(inner.need(0x30));
    object.lds_version = asn1::read_printable_string(versions.need(0x13));
    object.unicode_version = asn1::read_printable_string(versions.need(0x13));
    versions.end();
  }
  inner.end();
  return object;
}

base::ByteView unwrap(base::ByteView ef_sod) {
  return TlvReader(ef_sod).need(kEfSod);
}

base::Bytes wrap(base::ByteView cms) {
  return TlvWriter{}.put(kEfSod, cms).take();
}

}  // namespace sod::format
