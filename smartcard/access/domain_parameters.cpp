#include "smartcard/access/domain_parameters.h"

#include <openssl/ec.h>
#include <openssl/objects.h>

#include <algorithm>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/handles.h"
#include "smartcard/access/curve.h"
#include "smartcard/access/modp_group.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;

constexpr asn1::Tag kSequence = 0x30, kOid = 0x06, kInteger = 0x02, kBits = 0x03;
const asn1::Oid kStandardized{"0.4.0.127.0.7.1.2"};
const asn1::Oid kEcPublicKey{"1.2.840.10045.2.1"};
const asn1::Oid kDhPublicNumber{"1.2.840.10046.2.1"};     // X9.42
const asn1::Oid kDhKeyAgreement{"1.2.840.113549.1.3.1"};  // PKCS #3

std::optional<std::int64_t> curve_of(base::ByteView parameters) {
  const unsigned char* at = parameters.data();
  const openssl::PkeyPtr key(d2i_KeyParams(EVP_PKEY_EC, nullptr, &at, static_cast<long>(parameters.size())));
  char name[64] = {};
  std::size_t size = 0;
  const bool known = key && at == parameters.data() + parameters.size() &&
                     EVP_PKEY_get_group_name(key.get(), name, sizeof name, &size) == 1;
  openssl::drain_errors();
  return known ? curve_with_name(OBJ_txt2nid(name)) : std::nullopt;
}

}  // namespace

DomainParameters::~DomainParameters() = default;

std::unique_ptr<DomainParameters> DomainParameters::standardized(std::int64_t id) {
  return id < 8 ? modp_group(id) : curve(id);
}

base::Secret DomainParameters::draw_private_key(base::Random& random) const {
  const base::Bytes n = order();
  std::uint8_t mask = 0xFF;
  while (static_cast<std::uint8_t>(mask >> 1) >= n[0]) mask = static_cast<std::uint8_t>(mask >> 1);
  for (;;) {
    base::Bytes drawn = random.bytes(n.size());
    drawn[0] &= mask;
    base::Secret key(std::move(drawn));
    const base::ByteView view = key.reveal();
    const bool zero = std::ranges::all_of(view, [](std::uint8_t octet) { return octet == 0; });
    if (!zero && std::ranges::lexicographical_compare(view, n)) return key;
  }
}

std::optional<std::int64_t> standardized_parameters(base::ByteView algorithm_identifier) try {
  asn1::TlvReader outer(algorithm_identifier, asn1::Lengths::Lenient);
  asn1::TlvReader inner(outer.need(kSequence), asn1::Lengths::Lenient);
  outer.end();
  const asn1::Oid algorithm = asn1::read_oid(inner.need(kOid));
  if (algorithm == kEcPublicKey) return curve_of(inner.rest());
  if (algorithm == kStandardized) {
    const std::int64_t id = asn1::read_integer(inner.need(kInteger));
    inner.end();
    if (!DomainParameters::standardized(id)) return std::nullopt;
    return id;
  }
  if (algorithm != kDhPublicNumber && algorithm != kDhKeyAgreement) return std::nullopt;
  asn1::TlvReader values(inner.need(kSequence), asn1::Lengths::Lenient);
  inner.end();
  const base::ByteView p = asn1::read_unsigned_integer(values.need(kInteger));
  return modp_group_with(p, asn1::read_unsigned_integer(values.need(kInteger)));
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

std::optional<AgreementKey> parse_agreement_key(base::ByteView spki) try {
  asn1::TlvReader outer(spki, asn1::Lengths::Lenient);
  asn1::TlvReader inner(outer.need(kSequence), asn1::Lengths::Lenient);
  outer.end();
  const auto parameters = standardized_parameters(inner.need_whole(kSequence).whole);
  const base::ByteView bits = inner.need(kBits);
  inner.end();
  if (!parameters || bits.size() < 2 || bits[0] != 0) return std::nullopt;
  const auto group = DomainParameters::standardized(*parameters);
  if (group->agreement() == lds::Agreement::Ecdh) {
    return AgreementKey{*parameters, {bits.begin() + 1, bits.end()}};
  }
  // A MODP key is an INTEGER; as an element it is as long as p.
  asn1::TlvReader reader(bits.subspan(1), asn1::Lengths::Lenient);
  const base::ByteView y = asn1::read_unsigned_integer(reader.need(kInteger));
  reader.end();
  const std::size_t size = (group->field_bits() + 7) / 8;
  if (y.size() > size) return std::nullopt;
  base::Bytes element(size - y.size(), 0);
  base::append(element, y);
  return AgreementKey{*parameters, std::move(element)};
} catch (const asn1::Malformed&) {
  return std::nullopt;
}

}  // namespace chip_access
