#include "pki/x509/format/crl.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/x509/format/time.h"

namespace x509::format {

namespace {

using asn1::TlvReader;
using asn1::TlvWriter;

constexpr std::int64_t kVersion2 = 1;

base::Bytes copy(base::ByteView view) {
  return {view.begin(), view.end()};
}

base::Bytes parse_serial(base::ByteView content) {
  const bool needless =
      content.size() > 1 && ((content[0] == 0x00 && content[1] < 0x80) || (content[0] == 0xFF && content[1] >= 0x80));
  if (content.empty() || needless) throw asn1::Malformed("a serial number is not written in its shortest form");
  return copy(content);
}

std::vector<RevokedCertificate> parse_revoked(base::ByteView content) {
  std::vector<RevokedCertificate> revoked;
  for (TlvReader list(content); !list.at_end();) {
    TlvReader entry(list.need(0x30));
    RevokedCertificate one;
    one.serial = parse_serial(entry.need(0x02));
    one.revoked_at = parse_time(entry.next());
    entry.end();  // no crlEntryExtensions
    revoked.push_back(std::move(one));
  }
  if (revoked.empty()) throw asn1::Malformed("revokedCertificates is there and empty");
  return revoked;
}

CrlBody parse_body(base::ByteView content) {
  TlvReader inner(content);
  if (asn1::read_integer(inner.need(0x02)) != kVersion2) throw asn1::Malformed("the list is not of version 2");
  CrlBody body;
  body.signature_algorithm = copy(inner.need_whole(0x30).whole);
  body.issuer = parse_name(inner.need_whole(0x30).whole);
  body.this_update = parse_time(inner.next());
  body.next_update = parse_time(inner.next());
  if (const auto revoked = inner.maybe(0x30)) body.revoked = parse_revoked(*revoked);
  body.extensions = parse_extensions(inner.need(0xA0));
  inner.end();
  return body;
}

}  // namespace

const Extension* CrlBody::find(const asn1::Oid& id) const {
  const auto at = std::ranges::find(extensions, id, &Extension::id);
  return at == extensions.end() ? nullptr : &*at;
}

base::Bytes encode(const CrlBody& body) {
  TlvWriter inner;
  inner.integer(kVersion2).raw(body.signature_algorithm).raw(encode(body.issuer));
  inner.raw(encode_time(body.this_update)).raw(encode_time(body.next_update));
  TlvWriter revoked;
  for (const RevokedCertificate& one : body.revoked) {
    revoked.sequence(TlvWriter{}.put(0x02, one.serial).raw(encode_time(one.revoked_at)));
  }
  if (!body.revoked.empty()) inner.sequence(revoked);
  inner.put(0xA0, encode_extensions(body.extensions));
  return TlvWriter{}.sequence(inner).take();
}

Crl parse_crl(base::ByteView der) {
  TlvReader outer(der);
  TlvReader parts(outer.need(0x30));
  outer.end();
  Crl crl;
  const asn1::Tlv tbs = parts.need_whole(0x30);
  crl.tbs = copy(tbs.whole);
  crl.body = parse_body(tbs.value);
  crl.signature_algorithm = copy(parts.need_whole(0x30).whole);
  const base::ByteView signature = parts.need(0x03);
  parts.end();
  if (signature.empty() || signature[0] != 0) throw asn1::Malformed("a signature is not a whole number of octets");
  crl.signature = copy(signature.subspan(1));
  return crl;
}

CrlBody parse_crl_body(base::ByteView tbs) {
  TlvReader outer(tbs);
  const base::ByteView content = outer.need(0x30);
  outer.end();
  return parse_body(content);
}

base::Bytes encode_crl_number(std::int64_t number) {
  return TlvWriter{}.integer(number).take();
}

std::int64_t parse_crl_number(base::ByteView value) {
  TlvReader outer(value);
  const std::int64_t number = asn1::read_integer(outer.need(0x02));
  outer.end();
  if (number < 0) throw asn1::Malformed("a CRL number is negative");
  return number;
}

}  // namespace x509::format
