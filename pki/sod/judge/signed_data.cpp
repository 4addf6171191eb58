#include "pki/sod/judge/signed_data.h"

namespace sod::judge {

namespace {

using asn1::Malformed;
using asn1::Tlv;
using asn1::TlvReader;
using base::ByteView;

std::vector<asn1::Oid> parse_digest_algorithms(ByteView set) {
  std::vector<asn1::Oid> out;
  for (TlvReader reader{set}; !reader.at_end();) out.push_back(parse_digest_algorithm(reader.need(0x30)));
  return out;
}

// EncapsulatedContentInfo ::= SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL }
void parse_content(ByteView content, SignedData& out) {
  TlvReader reader{content};
  out.content_type = asn1::read_oid(reader.need(0x06));
  TlvReader explicit_tag{reader.need(0xA0)};
  out.content = explicit_tag.need(0x04);
  explicit_tag.end();
  reader.end();
}

// SignerIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] IMPLICIT OCTET STRING }
void parse_signer_identifier(TlvReader& reader, SignerInfo& out) {
  if (const auto key_identifier = reader.maybe(0x80)) {
    if (key_identifier->empty()) throw Malformed("a signer's key identifier is empty");
    out.key_identifier = *key_identifier;
    return;
  }
  TlvReader both{reader.need(0x30)};
  out.issuer = both.need_whole(0x30).whole;
  out.serial = both.need(0x02);
  both.end();
}

// RFC 5652 §5.3
SignerInfo parse_signer(ByteView content) {
  SignerInfo out;
  TlvReader reader{content};
  out.version = asn1::read_integer(reader.need(0x02));
  parse_signer_identifier(reader, out);
  out.digest_algorithm = parse_digest_algorithm(reader.need(0x30));
  out.signed_attributes = reader.maybe(0xA0);
  TlvReader algorithm{reader.need(0x30)};
  out.signature_algorithm = asn1::read_oid(algorithm.need(0x06));  // its parameters are OpenSSL's to read
  out.signature = reader.need(0x04);
  reader.maybe(0xA1);  // unsignedAttrs: not recommended, ignored (9303-10 Table 37)
  reader.end();
  return out;
}

}  // namespace

asn1::Oid parse_digest_algorithm(ByteView content) {
  TlvReader reader{content};
  asn1::Oid oid = asn1::read_oid(reader.need(0x06));
  if (const auto parameters = reader.maybe(0x05); parameters && !parameters->empty()) {
    throw Malformed("a NULL has content");
  }
  reader.end();
  return oid;
}

SignedData parse_signed_data(ByteView content_info) {
  SignedData out;
  // ContentInfo ::= SEQUENCE { contentType, content [0] EXPLICIT SignedData }
  TlvReader file{content_info};
  TlvReader info{file.need(0x30)};
  file.end();
  if (asn1::read_oid(info.need(0x06)) != asn1::oid::kSignedData) throw Malformed("the CMS content is not SignedData");
  TlvReader explicit_tag{info.need(0xA0)};
  info.end();
  TlvReader data{explicit_tag.need(0x30)};
  explicit_tag.end();

  const ByteView begin = data.rest();
  out.version = asn1::read_integer(data.need(0x02));
  out.digest_algorithms = parse_digest_algorithms(data.need(0x31));
  parse_content(data.need(0x30), out);
  out.before_certificates = begin.first(begin.size() - data.rest().size());
  if (const auto certificates = data.maybe(0xA0)) {
    for (TlvReader reader{*certificates}; !reader.at_end();) out.certificates.push_back(reader.need_whole(0x30).whole);
  }
  data.maybe(0xA1);  // crls: should not be there, and would prove nothing; the trust store has its own
  const Tlv signers = data.need_whole(0x31);
  out.signer_infos = signers.whole;
  for (TlvReader reader{signers.value}; !reader.at_end();) out.signers.push_back(parse_signer(reader.need(0x30)));
  data.end();
  return out;
}

base::Bytes without_certificates(const SignedData& data) {
  asn1::TlvWriter fields;
  fields.raw(data.before_certificates).raw(data.signer_infos);
  asn1::TlvWriter info;
  info.oid(asn1::oid::kSignedData).put(0xA0, asn1::TlvWriter{}.sequence(fields));
  return asn1::TlvWriter{}.sequence(info).take();
}

std::optional<Tlv> single_attribute(ByteView signed_attributes, const asn1::Oid& type) {
  std::optional<Tlv> found;
  int count = 0;
  for (TlvReader reader{signed_attributes}; !reader.at_end();) {
    TlvReader attribute{reader.need(0x30)};
    const asn1::Oid oid = asn1::read_oid(attribute.need(0x06));
    TlvReader values{attribute.need(0x31)};
    attribute.end();
    if (oid != type) continue;
    found = values.next();
    count += values.at_end() ? 1 : 2;
  }
  return count == 1 ? found : std::nullopt;
}

}  // namespace sod::judge
