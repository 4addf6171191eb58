#include "pki/cvc/format/certificate.h"

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/cvc/format/fields.h"

namespace cvc::format {

namespace {

using asn1::Malformed;
using asn1::TlvReader;
using asn1::TlvWriter;

constexpr std::uint8_t kProfileOne[] = {0x00};  // 9303-12 §7.2.2.1

// 9303-12 §7.2.2.6: one template an extension, an identifier and what belongs to it.
std::vector<Extension> read_extensions(base::ByteView content) {
  std::vector<Extension> out;
  TlvReader reader(content);
  while (!reader.at_end()) {
    TlvReader one(reader.need(tag::kExtension));
    Extension extension{asn1::read_oid(one.need(tag::kOid)), {}};
    const base::ByteView data = one.rest();
    while (!one.at_end()) one.next();
    extension.data.assign(data.begin(), data.end());
    out.push_back(std::move(extension));
  }
  if (out.empty()) throw Malformed("the extensions are empty");
  return out;
}

Body read_body(base::ByteView content) {
  TlvReader reader(content);
  if (!base::equal(reader.need(tag::kProfile), kProfileOne)) throw Malformed("the profile identifier is not 00");
  std::string authority = read_reference(reader.need(tag::kAuthorityReference));
  PublicKey key = parse_public_key(reader.need(tag::kPublicKey));
  std::string holder = read_reference(reader.need(tag::kHolderReference));
  Chat chat = parse_chat(reader.need(tag::kChat));
  const base::Date effective = read_day(reader.need(tag::kEffective));
  const base::Date expiration = read_day(reader.need(tag::kExpiration));
  std::vector<Extension> extensions;
  if (const auto found = reader.maybe(tag::kExtensions)) extensions = read_extensions(*found);
  reader.end();
  return {std::move(authority), std::move(key),       std::move(holder), std::move(chat), effective,
          expiration,           std::move(extensions)};
}

}  // namespace

base::Bytes encode(const Body& body) {
  TlvWriter inner;
  inner.put(tag::kProfile, kProfileOne)
      .put(tag::kAuthorityReference, body.authority)
      .raw(encode(body.key))
      .put(tag::kHolderReference, body.holder)
      .raw(encode(body.chat))
      .put(tag::kEffective, write_day(body.effective))
      .put(tag::kExpiration, write_day(body.expiration));
  TlvWriter extensions;
  for (const Extension& extension : body.extensions) {
    TlvWriter one;
    one.oid(extension.type).raw(extension.data);
    extensions.put(tag::kExtension, one);
  }
  if (!body.extensions.empty()) inner.put(tag::kExtensions, extensions);
  return TlvWriter{}.put(tag::kBody, inner).take();
}

base::Bytes assemble(base::ByteView body, base::ByteView signature) {
  TlvWriter inner;
  inner.raw(body).put(tag::kSignature, signature);
  return TlvWriter{}.put(tag::kCertificate, inner).take();
}

Certificate parse_certificate(base::ByteView file) {
  TlvReader outer(file);
  TlvReader reader(outer.need(tag::kCertificate));
  outer.end();
  const asn1::Tlv body = reader.need_whole(tag::kBody);
  const base::ByteView signature = reader.need(tag::kSignature);
  reader.end();
  if (signature.empty()) throw Malformed("the signature is empty");
  return {read_body(body.value),
          {body.whole.begin(), body.whole.end()},
          {signature.begin(), signature.end()},
          {file.begin(), file.end()}};
}

}  // namespace cvc::format
