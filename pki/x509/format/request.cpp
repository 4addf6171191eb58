#include "pki/x509/format/request.h"

namespace x509::format {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr asn1::Tag kAttributes = 0xA0;

base::Bytes copy(base::ByteView view) {
  return {view.begin(), view.end()};
}

}  // namespace

base::Bytes encode_request_info(const Name& subject, base::ByteView public_key) {
  TlvWriter info;
  info.integer(0).raw(encode(subject)).raw(public_key).put(kAttributes, base::Bytes{});
  return TlvWriter{}.sequence(info).take();
}

// RFC 2986 §4.2
Request parse_request(base::ByteView der) {
  TlvReader outer(der);
  TlvReader parts(outer.need(0x30));
  outer.end();
  const asn1::Tlv info = parts.need_whole(0x30);
  Request request;
  request.signed_part = copy(info.whole);
  request.signature_algorithm = copy(parts.need_whole(0x30).whole);
  const base::ByteView signature = parts.need(0x03);
  parts.end();
  if (signature.empty() || signature[0] != 0) throw asn1::Malformed("a signature is not a whole number of octets");
  request.signature = copy(signature.subspan(1));

  TlvReader inner(info.value);
  if (asn1::read_integer(inner.need(0x02)) != 0) throw asn1::Malformed("it is no request of version 1");
  request.subject = parse_name(inner.need_whole(0x30).whole);
  request.public_key = copy(inner.need_whole(0x30).whole);
  if (!inner.need(kAttributes).empty()) throw asn1::Malformed("it carries attributes");
  inner.end();
  return request;
}

}  // namespace x509::format
