#include "smartcard/access/inspection_token.h"

#include <fmt/format.h>

#include <memory>

#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/openssl/private_key.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/pkcs11/key_pair.h"
#include "pki/pkcs11/time_limit.h"

namespace chip_access {

namespace {

constexpr std::string_view kOpening = "opening the inspection system's key in its token";
constexpr std::string_view kSigning = "signing the chip's challenge in the token";

// SubjectPublicKeyInfo of what the token shows (RFC 5480 §2, RFC 3279 §2.3.1).
base::Bytes public_key_info(const pkcs11::PublicValues& shown) {
  asn1::TlvWriter algorithm, key;
  if (shown.type == pkcs11::KeyType::Rsa) {
    algorithm.oid(asn1::Oid("1.2.840.113549.1.1.1")).null();
    const auto numbers = asn1::TlvWriter{}.unsigned_integer(shown.value).unsigned_integer(shown.parameters);
    key.bit_string(asn1::TlvWriter{}.sequence(numbers).view());
  } else {
    algorithm.oid(asn1::Oid("1.2.840.10045.2.1")).raw(shown.parameters);
    key.bit_string(shown.value);
  }
  return asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.sequence(algorithm).raw(key.view())).take();
}

bool confirms(EVP_PKEY* key, bool is_rsa, base::ByteView digest, base::ByteView signature) {
  return is_rsa ? crypto::openssl::verify_rsa_pss(key, digest, signature)
                : crypto::openssl::verify_ecdsa_plain(key, digest, signature);
}

}  // namespace

KeyInToken open_inspection_token(const std::string& text, const base::Secret& pin) {
  const pkcs11::Address address = pkcs11::parse_key_address(text);
  const auto pair = pkcs11::in_time(
      address.token, kOpening, pkcs11::kAnswerTime, [address, pin = base::Secret::copy_of(pin.reveal())] {
        return std::make_shared<pkcs11::KeyPair>(pkcs11::Token::open(address, pin), address.object);
      });
  const pkcs11::PublicValues& shown = pair->public_values();
  const std::shared_ptr<EVP_PKEY> witness = crypto::openssl::parse_public_key(public_key_info(shown));
  if (!witness || !crypto::openssl::has_standard_parameters(witness.get())) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kOpening),
                      fmt::format("'{}' is a key of a kind that is not used here", address.object));
  }
  const bool is_rsa = shown.type == pkcs11::KeyType::Rsa;
  const auto sign = [pair, witness, is_rsa, token = address.token](base::ByteView digest) {
    base::Bytes signature =
        pkcs11::in_time(token, kSigning, pkcs11::kAnswerTime,
                        [pair, digest = base::Bytes(digest.begin(), digest.end())] { return pair->sign(digest); });
    if (confirms(witness.get(), is_rsa, digest, signature)) return signature;
    throw base::Error(base::Fault::TreatAsAttack, std::string(kSigning),
                      "OpenSSL does not confirm the signature that the token made; no chip was shown it. Stop using "
                      "this token until the cause is known");
  };
  return {is_rsa, crypto::openssl::public_value(witness.get()), sign};
}

}  // namespace chip_access
