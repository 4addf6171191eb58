#include "pki/cvc/format/request.h"

#include "pki/asn1/tlv.h"
#include "pki/cvc/format/fields.h"

namespace cvc::format {

namespace {

using asn1::Malformed;
using asn1::TlvReader;
using asn1::TlvWriter;

base::Bytes owned(base::ByteView view) {
  return {view.begin(), view.end()};
}

base::Bytes read_signature(TlvReader& reader) {
  const base::ByteView signature = reader.need(tag::kSignature);
  if (signature.empty()) throw Malformed("a signature is empty");
  return owned(signature);
}

}  // namespace

base::Bytes encode_request_body(const std::string& authority, const PublicKey& key, const std::string& holder) {
  TlvWriter inner;
  inner.put(tag::kProfile, base::Bytes{0});
  if (!authority.empty()) inner.put(tag::kAuthorityReference, authority);
  inner.raw(encode(key)).put(tag::kHolderReference, holder);
  return TlvWriter{}.put(tag::kBody, inner).take();
}

base::Bytes outer_signed_part(base::ByteView inner, const std::string& authority) {
  return TlvWriter{}.raw(inner).put(tag::kAuthorityReference, authority).take();
}

base::Bytes assemble_request(base::ByteView outer_signed_part, base::ByteView outer_signature) {
  TlvWriter inner;
  inner.raw(outer_signed_part).put(tag::kSignature, outer_signature);
  return TlvWriter{}.put(tag::kAuthentication, inner).take();
}

Request parse_request(base::ByteView file) {
  TlvReader whole(file);
  Request request{.key = PublicKey{asn1::Oid("0.4.0.127.0.7.2.2.2.2.3")}, .whole = owned(file)};
  base::ByteView inner = file;
  if (whole.peek() == tag::kAuthentication) {
    const base::ByteView content = whole.need(tag::kAuthentication);
    TlvReader reader(content);
    inner = reader.need_whole(tag::kCertificate).whole;
    OuterSignature outer{read_reference(reader.need(tag::kAuthorityReference)), {}, {}};
    outer.signed_part = owned(content.first(content.size() - reader.rest().size()));
    outer.signature = read_signature(reader);
    reader.end();
    request.outer = std::move(outer);
  } else {
    whole.next();
  }
  whole.end();
  request.inner = owned(inner);
  TlvReader outer(inner);
  TlvReader reader(outer.need(tag::kCertificate));
  const asn1::Tlv body = reader.need_whole(tag::kBody);
  request.signed_part = owned(body.whole);
  request.signature = read_signature(reader);
  reader.end();
  TlvReader fields(body.value);
  if (!base::equal(fields.need(tag::kProfile), base::Bytes{0})) throw Malformed("the profile identifier is not 00");
  if (const auto authority = fields.maybe(tag::kAuthorityReference)) request.authority = read_reference(*authority);
  request.key = parse_public_key(fields.need(tag::kPublicKey));
  request.holder = read_reference(fields.need(tag::kHolderReference));
  fields.end();
  return request;
}

}  // namespace cvc::format
