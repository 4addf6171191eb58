#include "pki/x509/format/public_key.h"

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/x509/format/oids.h"

namespace x509::format {

namespace {

// ECParameters (RFC 3279 §2.3.5): version, field, curve, base point, order, cofactor OPTIONAL.
void read_parameters(base::ByteView content, PublicKeyInfo& info) {
  asn1::TlvReader parameters(content);
  parameters.need(0x02);
  parameters.need(0x30);
  parameters.need(0x30);
  const base::ByteView point = parameters.need(0x04);
  info.base_point.assign(point.begin(), point.end());
  parameters.need(0x02);
  info.cofactor = parameters.maybe(0x02).has_value();
  parameters.end();
  info.explicit_parameters = true;
}

}  // namespace

PublicKeyInfo parse_public_key_info(base::ByteView spki) {
  asn1::TlvReader outer(spki);
  asn1::TlvReader inner(outer.need(0x30));
  outer.end();
  asn1::TlvReader algorithm(inner.need(0x30));
  PublicKeyInfo info{asn1::read_oid(algorithm.need(0x06)), {}, {}, false, false, {}};
  if (info.algorithm == oid::kEcPublicKey) {
    if (const auto named = algorithm.maybe(0x06)) {
      info.named_curve = asn1::read_oid(*named);
    } else if (const auto parameters = algorithm.maybe(0x30)) {
      read_parameters(*parameters, info);
    }
  }
  const base::ByteView key = inner.need(0x03);
  inner.end();
  if (key.empty() || key[0] != 0) throw asn1::Malformed("a public key is not a whole number of octets");
  info.key.assign(key.begin() + 1, key.end());
  return info;
}

base::Bytes ecdsa_signature(base::ByteView r_s) {
  base::ensure(!r_s.empty() && r_s.size() % 2 == 0, "r and s are of one length");
  asn1::TlvWriter pair;
  pair.unsigned_integer(r_s.first(r_s.size() / 2)).unsigned_integer(r_s.subspan(r_s.size() / 2));
  return asn1::TlvWriter{}.sequence(pair).take();
}

std::optional<base::Bytes> plain_signature(base::ByteView ecdsa_sig_value, std::size_t order_size) {
  try {
    asn1::TlvReader outer(ecdsa_sig_value);
    asn1::TlvReader pair(outer.need(0x30));
    outer.end();
    const base::ByteView r = asn1::read_unsigned_integer(pair.need(0x02));
    const base::ByteView s = asn1::read_unsigned_integer(pair.need(0x02));
    pair.end();
    if (r.size() > order_size || s.size() > order_size) return std::nullopt;
    base::Bytes out(2 * order_size);
    std::ranges::copy_backward(r, out.begin() + static_cast<std::ptrdiff_t>(order_size));
    std::ranges::copy_backward(s, out.end());
    return out;
  } catch (const asn1::Malformed&) {
    return std::nullopt;
  }
}

}  // namespace x509::format
