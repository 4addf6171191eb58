#include "pki/cvc/format/public_key.h"

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/fields.h"

namespace cvc::format {

namespace {

using asn1::Malformed;
using asn1::TlvReader;
using asn1::TlvWriter;

const asn1::Oid kEcPublicKey("1.2.840.10045.2.1");
const asn1::Oid kPrimeField("1.2.840.10045.1.1");

base::Bytes owned(base::ByteView view) {
  return {view.begin(), view.end()};
}

base::ByteView stripped(base::ByteView number) {
  while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
  return number;
}

base::Bytes number_in(TlvReader& reader, asn1::Tag tag) {
  const base::ByteView content = reader.need(tag);
  if (content.empty()) throw Malformed("a number of a public key is empty");
  if (content.front() == 0) throw Malformed("a number of a public key begins with 00");
  return owned(content);
}

base::Bytes point_in(TlvReader& reader, asn1::Tag tag) {
  const base::ByteView content = reader.need(tag);
  if (content.size() < 3 || content.size() % 2 == 0 || content.front() != 0x04) {
    throw Malformed("a point of a public key is not 04, x, y");
  }
  return owned(content);
}

void read_ec(TlvReader& reader, PublicKey& key) {
  if (reader.peek() == 0x81U) {
    key.p = number_in(reader, 0x81);
    key.a = number_in(reader, 0x82);
    key.b = number_in(reader, 0x83);
    key.generator = point_in(reader, 0x84);
    key.order = number_in(reader, 0x85);
  }
  key.point = point_in(reader, 0x86);
  if (!key.p.empty() && reader.peek() == 0x87U) key.cofactor = number_in(reader, 0x87);
}

// A number of a curve as an octet string as long as the field (SEC 1 §2.3.5).
base::Bytes field_element(base::ByteView number, std::size_t size) {
  if (number.size() > size) throw Malformed("a coefficient is longer than the field");
  base::Bytes out(size - number.size(), 0);
  base::append(out, number);
  return out;
}

void read_ec_parameters(base::ByteView parameters, PublicKey& key) {
  TlvReader reader(parameters);
  (void)asn1::read_integer(reader.need(0x02));  // version
  TlvReader field(reader.need(0x30));
  if (asn1::read_oid(field.need(0x06)) != kPrimeField) throw Malformed("a curve is not over a prime field");
  key.p = owned(asn1::read_unsigned_integer(field.need(0x02)));
  field.end();
  TlvReader curve(reader.need(0x30));
  key.a = owned(stripped(curve.need(0x04)));
  key.b = owned(stripped(curve.need(0x04)));
  (void)curve.maybe(0x03);  // seed
  curve.end();
  key.generator = point_in(reader, 0x04);
  key.order = owned(asn1::read_unsigned_integer(reader.need(0x02)));
  if (!reader.at_end()) key.cofactor = owned(asn1::read_unsigned_integer(reader.need(0x02)));
  reader.end();
}

}  // namespace

PublicKey parse_public_key(base::ByteView content) {
  TlvReader reader(content);
  PublicKey key{asn1::read_oid(reader.need(tag::kOid))};
  const Algorithm* const algorithm = algorithm_of(key.algorithm);
  if (algorithm == nullptr) throw Malformed("a public key is for an unknown algorithm");
  if (algorithm->scheme == Scheme::Ecdsa) {
    read_ec(reader, key);
  } else {
    key.modulus = number_in(reader, 0x81);
    key.exponent = number_in(reader, 0x82);
  }
  reader.end();
  return key;
}

base::Bytes encode(const PublicKey& key) {
  TlvWriter inner;
  inner.oid(key.algorithm);
  const auto put = [&](asn1::Tag tag, const base::Bytes& value) {
    if (!value.empty()) inner.put(tag, value);
  };
  if (key.is_rsa()) {
    put(0x81, key.modulus);
    put(0x82, key.exponent);
  } else {
    put(0x81, key.p);
    put(0x82, key.a);
    put(0x83, key.b);
    put(0x84, key.generator);
    put(0x85, key.order);
    put(0x86, key.point);
    put(0x87, key.cofactor);
  }
  return TlvWriter{}.put(tag::kPublicKey, inner).take();
}

PublicKey with_parameters(const PublicKey& key, const PublicKey& parameters) {
  if (key.is_rsa()) return key;
  PublicKey out = parameters;
  out.algorithm = key.algorithm;
  out.point = key.point;
  return out;
}

PublicKey without_parameters(const PublicKey& key) {
  if (key.is_rsa()) return key;
  PublicKey out{key.algorithm};
  out.point = key.point;
  return out;
}

bool same_parameters(const PublicKey& a, const PublicKey& b) {
  if (a.is_rsa() || b.is_rsa()) return a.modulus.size() == b.modulus.size();
  return a.p == b.p && a.a == b.a && a.b == b.b && a.generator == b.generator && a.order == b.order;
}

PublicKey from_public_key_info(base::ByteView spki, const asn1::Oid& algorithm) {
  TlvReader outer(spki);
  TlvReader info(outer.need(0x30));
  outer.end();
  TlvReader identifier(info.need(0x30));
  const asn1::Oid kind = asn1::read_oid(identifier.need(0x06));
  PublicKey key{algorithm};
  const base::ByteView bits = info.need(0x03);
  info.end();
  if (bits.empty() || bits.front() != 0) throw Malformed("a public key is not whole octets");
  if (kind == kEcPublicKey) {
    read_ec_parameters(identifier.need(0x30), key);
    identifier.end();
    key.point = owned(bits.subspan(1));
    return key;
  }
  if (kind != asn1::oid::kRsaEncryption) throw Malformed("a public key is neither EC nor RSA");
  TlvReader sequence(bits.subspan(1));
  TlvReader numbers(sequence.need(0x30));
  sequence.end();
  key.modulus = owned(asn1::read_unsigned_integer(numbers.need(0x02)));
  key.exponent = owned(asn1::read_unsigned_integer(numbers.need(0x02)));
  numbers.end();
  return key;
}

base::Bytes to_public_key_info(const PublicKey& key) {
  base::ensure(key.has_parameters(), "a key without parameters is no whole key");
  if (key.is_rsa()) {
    TlvWriter numbers;
    numbers.unsigned_integer(key.modulus).unsigned_integer(key.exponent);
    const auto identifier = TlvWriter{}.oid(asn1::oid::kRsaEncryption).null().take();
    TlvWriter info;
    info.put(0x30, identifier).bit_string(TlvWriter{}.sequence(numbers).take());
    return TlvWriter{}.sequence(info).take();
  }
  TlvWriter field, curve, parameters, identifier, info;
  field.oid(kPrimeField).unsigned_integer(key.p);
  curve.octet_string(field_element(key.a, key.p.size())).octet_string(field_element(key.b, key.p.size()));
  parameters.integer(1).sequence(field).sequence(curve).octet_string(key.generator).unsigned_integer(key.order);
  if (!key.cofactor.empty()) parameters.unsigned_integer(key.cofactor);
  identifier.oid(kEcPublicKey).sequence(parameters);
  info.sequence(identifier).bit_string(key.point);
  return TlvWriter{}.sequence(info).take();
}

}  // namespace cvc::format
