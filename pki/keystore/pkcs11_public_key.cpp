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

TokenPublicKey of_curve(base::ByteView parameters, base::ByteView point) {
  const Botan::EC_Group group(std::vector<std::uint8_t>(parameters.begin(), parameters.end()));
  const auto curve = curve_of(group);
  if (!curve) throw Botan::Decoding_Error("another curve");
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
  if (n.bits() != 3072 && n.bits() != 4096) throw Botan::Decoding_Error("another length");
  const Botan::RSA_PublicKey key(n, Botan::BigInt(exponent.data(), exponent.size()));
  const auto info = key.subject_public_key();
  return {.kind = n.bits() == 3072 ? KeyKind::Rsa3072 : KeyKind::Rsa4096,
          .named = info,
          .explicit_parameters = info,
          .identifier = sha1(key.public_key_bits())};
}

}  // namespace

std::optional<TokenPublicKey> known_key(const pkcs11::PublicValues& shown) {
  try {
    if (shown.type == pkcs11::KeyType::EllipticCurve) return of_curve(shown.parameters, shown.value);
    if (shown.type == pkcs11::KeyType::Rsa) return of_modulus(shown.value, shown.parameters);
  } catch (const Botan::Exception&) {
    // Not a key that is used here, whatever it is.
  }
  return std::nullopt;
}

std::optional<TokenPublicKey> read_public_key(const pkcs11::Functions& functions, pkcs11::Session session,
                                              CK_OBJECT_HANDLE object) {
  return known_key(pkcs11::read_public_values(functions, session, object));
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

CK_OBJECT_HANDLE create_public_key(const pkcs11::Functions& functions, pkcs11::Session session,
                                   const std::string& label, base::ByteView public_key_info, base::Bytes& id) {
  const KeyValues values = read_info(public_key_info, id);
  const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  const CK_OBJECT_CLASS type = CKO_PUBLIC_KEY;
  const CK_KEY_TYPE kind = values.front().first == CKA_MODULUS ? CKK_RSA : CKK_EC;
  std::vector<CK_ATTRIBUTE> wanted{
      pkcs11::attribute(CKA_CLASS, &type, sizeof type),        pkcs11::attribute(CKA_KEY_TYPE, &kind, sizeof kind),
      pkcs11::attribute(CKA_TOKEN, &yes, sizeof yes),          pkcs11::attribute(CKA_PRIVATE, &no, sizeof no),
      pkcs11::attribute(CKA_VERIFY, &yes, sizeof yes),         pkcs11::attribute(CKA_ID, id.data(), id.size()),
      pkcs11::attribute(CKA_LABEL, label.data(), label.size())};
  for (const auto& [what, value] : values) wanted.push_back(pkcs11::attribute(what, value.data(), value.size()));
  CK_OBJECT_HANDLE object = 0;
  pkcs11::check(functions.C_CreateObject(session, wanted.data(), static_cast<CK_ULONG>(wanted.size()), &object),
                "bringing a public key into the token");
  return object;
}

base::Bytes curve_parameters(Curve curve) {
  const auto der = group_of(curve).DER_encode(Botan::EC_DOMPAR_ENC_OID);
  return {der.begin(), der.end()};
}

}  // namespace keystore
