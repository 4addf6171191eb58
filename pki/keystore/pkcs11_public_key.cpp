#include "pki/keystore/pkcs11_public_key.h"

#include <botan/ecdsa.h>
#include <botan/hash.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#include "pki/asn1/tlv.h"
#include "pki/keystore/ec_groups.h"

namespace keystore {

namespace {

base::Bytes sha1(const std::vector<std::uint8_t>& content) {
  const auto hash = Botan::HashFunction::create_or_throw("SHA-1");
  const auto value = hash->process(content);
  return {value.begin(), value.end()};
}

TokenPublicKey of_curve(base::ByteView parameters, base::ByteView point_octets) {
  const Botan::EC_Group group(std::vector<std::uint8_t>(parameters.begin(), parameters.end()));
  const auto curve = curve_of(group);
  if (!curve) throw asn1::Malformed("another curve");
  // CKA_EC_POINT is an OCTET STRING around the point; some modules leave it out.
  base::ByteView point = point_octets;
  if (point.size() > 2 * order_size(*curve) + 1) {
    asn1::TlvReader outer(point_octets);
    point = outer.need(0x04);
    outer.end();
  }
  const Botan::EC_Group named = group_of(*curve);
  Botan::ECDSA_PublicKey key(named, named.OS2ECP(point.data(), point.size()));
  TokenPublicKey out{.kind = *curve, .identifier = sha1(key.public_key_bits())};
  key.set_parameter_encoding(Botan::EC_DOMPAR_ENC_EXPLICIT);
  out.explicit_parameters = key.subject_public_key();
  key.set_parameter_encoding(Botan::EC_DOMPAR_ENC_OID);
  out.named = key.subject_public_key();
  return out;
}

TokenPublicKey of_modulus(base::ByteView modulus, base::ByteView exponent) {
  const Botan::BigInt n(modulus.data(), modulus.size());
  if (n.bits() != 3072 && n.bits() != 4096) throw asn1::Malformed("another length");
  const Botan::RSA_PublicKey key(n, Botan::BigInt(exponent.data(), exponent.size()));
  const auto info = key.subject_public_key();
  return {.kind = n.bits() == 3072 ? KeyKind::Rsa3072 : KeyKind::Rsa4096,
          .named = info,
          .explicit_parameters = info,
          .identifier = sha1(key.public_key_bits())};
}

}  // namespace

std::optional<TokenPublicKey> read_public_key(const Functions& functions, Session session, CK_OBJECT_HANDLE object) {
  CK_KEY_TYPE type = 0;
  CK_ATTRIBUTE wanted{CKA_KEY_TYPE, &type, sizeof type};
  check(functions.C_GetAttributeValue(session, object, &wanted, 1), "reading a key's attributes");
  const auto read = [&](CK_ATTRIBUTE_TYPE what) { return read_attribute(functions, session, object, what); };
  try {
    if (type == CKK_EC) return of_curve(read(CKA_EC_PARAMS), read(CKA_EC_POINT));
    if (type == CKK_RSA) return of_modulus(read(CKA_MODULUS), read(CKA_PUBLIC_EXPONENT));
  } catch (const Botan::Exception&) {
  } catch (const asn1::Malformed&) {
  }
  return std::nullopt;
}

namespace {

// The attributes that make a public key of its kind, by type.
using KeyValues = std::vector<std::pair<CK_ATTRIBUTE_TYPE, base::Bytes>>;

base::Bytes octets(const std::vector<std::uint8_t>& value) {
  return {value.begin(), value.end()};
}

KeyValues values_of(const Botan::Public_Key& key) {
  if (const auto* const rsa = dynamic_cast<const Botan::RSA_PublicKey*>(&key)) {
    return {{CKA_MODULUS, octets(Botan::BigInt::encode(rsa->get_n()))},
            {CKA_PUBLIC_EXPONENT, octets(Botan::BigInt::encode(rsa->get_e()))}};
  }
  const auto* const ec = dynamic_cast<const Botan::ECDSA_PublicKey*>(&key);
  const auto curve = ec != nullptr ? curve_of(ec->domain()) : std::nullopt;
  if (!curve) throw Botan::Decoding_Error("another kind of key");
  return {{CKA_EC_PARAMS, curve_parameters(*curve)},
          {CKA_EC_POINT, asn1::TlvWriter{}.octet_string(octets(ec->public_key_bits())).take()}};
}

KeyValues read_info(base::ByteView public_key_info, base::Bytes& id) {
  try {
    const std::vector<std::uint8_t> der(public_key_info.begin(), public_key_info.end());
    const std::unique_ptr<Botan::Public_Key> key(Botan::X509::load_key(der));
    id = sha1(key->public_key_bits());
    return values_of(*key);
  } catch (const Botan::Exception&) {
    throw base::Error(base::Fault::FixConfiguration, "bringing a public key into the token",
                      "it is none of a kind that is used here");
  }
}

}  // namespace

CK_OBJECT_HANDLE create_public_key(const Functions& functions, Session session, const std::string& label,
                                   base::ByteView public_key_info, base::Bytes& id) {
  const KeyValues values = read_info(public_key_info, id);
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  const CK_OBJECT_CLASS type = CKO_PUBLIC_KEY;
  const CK_KEY_TYPE kind = values.front().first == CKA_MODULUS ? CKK_RSA : CKK_EC;
  std::vector<CK_ATTRIBUTE> wanted{
      attribute(CKA_CLASS, &type, sizeof type),        attribute(CKA_KEY_TYPE, &kind, sizeof kind),
      attribute(CKA_TOKEN, &yes, sizeof yes),          attribute(CKA_PRIVATE, &no, sizeof no),
      attribute(CKA_VERIFY, &yes, sizeof yes),         attribute(CKA_ID, id.data(), id.size()),
      attribute(CKA_LABEL, label.data(), label.size())};
  for (const auto& [what, value] : values) wanted.push_back(attribute(what, value.data(), value.size()));
  CK_OBJECT_HANDLE object = 0;
  check(functions.C_CreateObject(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()), &object),
        "bringing a public key into the token");
  return object;
}

base::Bytes curve_parameters(Curve curve) {
  const auto der = group_of(curve).DER_encode(Botan::EC_DOMPAR_ENC_OID);
  return {der.begin(), der.end()};
}

}  // namespace keystore
