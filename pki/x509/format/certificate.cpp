#include "pki/x509/format/certificate.h"

#include "pki/asn1/tlv.h"
#include "pki/x509/format/time.h"

namespace x509::format {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

base::Bytes copy(base::ByteView view) {
  return {view.begin(), view.end()};
}

Body parse_body(base::ByteView content, base::Bytes& issuer_as_it_stood) {
  TlvReader inner(content);
  TlvReader version(inner.need(0xA0));
  if (asn1::read_integer(version.need(0x02)) != 2) throw asn1::Malformed("the certificate is not of version 3");
  version.end();
  Body body;
  body.serial = copy(inner.need(0x02));
  if (body.serial.empty() || (body.serial.size() > 1 && ((body.serial[0] == 0x00 && body.serial[1] < 0x80) ||
                                                         (body.serial[0] == 0xFF && body.serial[1] >= 0x80)))) {
    throw asn1::Malformed("the serial number has needless octets");
  }
  body.signature_algorithm = copy(inner.need_whole(0x30).whole);
  issuer_as_it_stood = copy(inner.need_whole(0x30).whole);
  body.issuer = parse_name(issuer_as_it_stood);
  TlvReader validity(inner.need(0x30));
  body.not_before = parse_time(validity.next());
  body.not_after = parse_time(validity.next());
  validity.end();
  body.subject = parse_name(inner.need_whole(0x30).whole);
  body.public_key = copy(inner.need_whole(0x30).whole);
  body.extensions = parse_extensions(inner.need(0xA3));
  inner.end();
  return body;
}

}  // namespace

const Extension* Body::find(const asn1::Oid& id) const {
  for (const Extension& extension : extensions) {
    if (extension.id == id) return &extension;
  }
  return nullptr;
}

base::Bytes encode(const Body& body) {
  TlvWriter inner;
  inner.put(0xA0, TlvWriter{}.integer(2));
  inner.put(0x02, body.serial).raw(body.signature_algorithm).raw(encode(body.issuer));
  inner.sequence(TlvWriter{}.raw(encode_time(body.not_before)).raw(encode_time(body.not_after)));
  inner.raw(encode(body.subject)).raw(body.public_key);
  inner.put(0xA3, encode_extensions(body.extensions));
  return TlvWriter{}.sequence(inner).take();
}

base::Bytes assemble(base::ByteView tbs, base::ByteView signature_algorithm, base::ByteView signature) {
  return TlvWriter{}.sequence(TlvWriter{}.raw(tbs).raw(signature_algorithm).bit_string(signature)).take();
}

Certificate parse_certificate(base::ByteView der) {
  TlvReader outer(der);
  TlvReader parts(outer.need(0x30));
  outer.end();
  Certificate certificate;
  const asn1::Tlv tbs = parts.need_whole(0x30);
  certificate.tbs = copy(tbs.whole);
  certificate.signature_algorithm = copy(parts.need_whole(0x30).whole);
  const base::ByteView signature = parts.need(0x03);
  parts.end();
  if (signature.empty() || signature[0] != 0) throw asn1::Malformed("a signature is not a whole number of octets");
  certificate.signature = copy(signature.subspan(1));
  certificate.body = parse_body(tbs.value, certificate.issuer);
  return certificate;
}

base::Bytes algorithm_identifier(const asn1::Oid& algorithm) {
  return TlvWriter{}.sequence(TlvWriter{}.oid(algorithm)).take();
}

asn1::Oid algorithm_of(base::ByteView algorithm_identifier) {
  TlvReader outer(algorithm_identifier);
  TlvReader inner(outer.need(0x30));
  outer.end();
  return asn1::read_oid(inner.need(0x06));
}

}  // namespace x509::format
