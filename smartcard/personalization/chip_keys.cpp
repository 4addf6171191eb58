#include "smartcard/personalization/chip_keys.h"

#include <fmt/format.h>

#include "pki/asn1/tlv.h"
#include "smartcard/access/access.h"
#include "smartcard/lds/lds.h"
#include "smartcard/lds/security_infos.h"

namespace personalization {

namespace {

using base::Bytes;
using base::ByteView;

// The card's answer of an RSA key, 7F49 { 81 modulus, 82 exponent } (ISO 7816-8), as a SubjectPublicKeyInfo (RFC 8017
// App. A.1.1, RFC 3279 §2.3.1).
Bytes rsa_public_key_info(ByteView answer) {
  asn1::TlvReader outer(answer);
  asn1::TlvReader numbers(outer.need(0x7F49));
  outer.end();
  const ByteView modulus = numbers.need(0x81);
  const ByteView exponent = numbers.need(0x82);
  numbers.end();
  asn1::TlvWriter key;
  key.unsigned_integer(modulus).unsigned_integer(exponent);
  asn1::TlvWriter algorithm;
  algorithm.oid(asn1::oid::kRsaEncryption).null();
  asn1::TlvWriter info;
  info.sequence(algorithm).bit_string(asn1::TlvWriter{}.sequence(key).take());
  return asn1::TlvWriter{}.sequence(info).take();
}

// An ECDSA key is told as a SubjectPublicKeyInfo; here it has to be one of a curve (RFC 5480 §2.1.1).
Bytes ec_public_key_info(ByteView answer) {
  asn1::TlvReader outer(answer);
  asn1::TlvReader info(outer.need(0x30));
  outer.end();
  asn1::TlvReader algorithm(info.need(0x30));
  if (asn1::read_oid(algorithm.need(0x06)) != asn1::Oid{"1.2.840.10045.2.1"})
    throw asn1::Malformed("the key is not one of a curve");
  return {answer.begin(), answer.end()};
}

std::optional<Bytes> make_key(CardSession& session, const StoreDataForm& form, const KeyRequest& request,
                              std::uint8_t block, bool last) {
  const auto p1 = static_cast<std::uint8_t>(form.p1_dgi | form.p1_response | (last ? form.p1_last : 0));
  return session.store_data(p1, block, encode_dgi(request.dgi, request.value));
}

// One sentence, empty when a terminal can use it: on its curve, with the protocol that EF.DG14 will name.
std::string chip_authentication_key_fault(const Profile& profile, ByteView key) {
  const auto reading = lds::parse_dg14(dg14_of(profile, key));
  return reading.infos ? chip_access::chip_authentication_fault(*reading.infos) : "it does not fit into EF.DG14";
}

}  // namespace

std::optional<ChipPublicKeys> make_chip_keys(CardSession& session, const Profile& profile) {
  if (!session.install_for_personalization()) return std::nullopt;
  const bool two = profile.chip_authentication.has_value();
  ChipPublicKeys keys;
  std::string fault;
  const auto answer = make_key(session, profile.store_data, profile.aa_key, 0, !two);
  if (!answer) return std::nullopt;
  try {
    keys.active_authentication = profile.aa_signature ? ec_public_key_info(*answer) : rsa_public_key_info(*answer);
    fault = chip_access::chip_key_fault(lds::encode_dg15(keys.active_authentication));
  } catch (const asn1::Malformed& error) {
    fault = error.what();
  }
  if (two) {
    auto key = make_key(session, profile.store_data, profile.chip_authentication->request, 1, true);
    if (!key) return std::nullopt;
    keys.chip_authentication = std::move(*key);
    if (fault.empty()) fault = chip_authentication_key_fault(profile, keys.chip_authentication);
  }
  if (fault.empty()) return keys;
  session.findings().fail(kStateUnexpected, kWhere, fmt::format("the chip made a useless key: {}", fault));
  return std::nullopt;
}

}  // namespace personalization
