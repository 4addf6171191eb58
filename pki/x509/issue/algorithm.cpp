#include "pki/x509/issue/algorithm.h"

#include "pki/asn1/tlv.h"
#include "pki/crypto/botan/hash.h"
#include "pki/x509/format/certificate.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/format/public_key.h"

namespace x509::issue {

namespace {

using asn1::TlvWriter;

const asn1::Oid kRsaPss{"1.2.840.113549.1.1.10"};
const asn1::Oid kMgf1{"1.2.840.113549.1.1.8"};

const asn1::Oid& oid_of(Hash hash) {
  switch (hash) {
    case Hash::Sha256:
      return asn1::oid::kSha256;
    case Hash::Sha384:
      return asn1::oid::kSha384;
    case Hash::Sha512:
      break;
  }
  return asn1::oid::kSha512;
}

int octets_of(Hash hash) {
  return hash == Hash::Sha256 ? 32 : hash == Hash::Sha384 ? 48 : 64;
}

const asn1::Oid& ecdsa_with(Hash hash) {
  switch (hash) {
    case Hash::Sha256:
      return asn1::oid::kEcdsaWithSha256;
    case Hash::Sha384:
      return asn1::oid::kEcdsaWithSha384;
    case Hash::Sha512:
      break;
  }
  return asn1::oid::kEcdsaWithSha512;
}

// RSASSA-PSS-params (RFC 4055 §3.1): the hash with NULL, MGF1 over the same, the salt's length; trailerField by
// default.
base::Bytes pss_identifier(Hash hash) {
  TlvWriter hash_id;
  hash_id.sequence(TlvWriter{}.oid(oid_of(hash)).null());
  TlvWriter mask;
  mask.sequence(TlvWriter{}.oid(kMgf1).raw(hash_id.view()));
  TlvWriter parameters;
  parameters.put(0xA0, hash_id).put(0xA1, mask).put(0xA2, TlvWriter{}.integer(octets_of(hash)));
  return TlvWriter{}.sequence(TlvWriter{}.oid(kRsaPss).sequence(parameters)).take();
}

}  // namespace

SignatureAlgorithm signature_algorithm_of(base::ByteView public_key_info) {
  const format::PublicKeyInfo key = format::parse_public_key_info(public_key_info);
  if (key.algorithm == format::oid::kEcPublicKey) {
    const std::size_t field = key.key.empty() ? 0 : (key.key.size() - 1) / 2;
    const Hash hash = field <= 32 ? Hash::Sha256 : field <= 48 ? Hash::Sha384 : Hash::Sha512;
    return {format::algorithm_identifier(ecdsa_with(hash)), hash, true};
  }
  if (key.algorithm == asn1::oid::kRsaEncryption) return {pss_identifier(Hash::Sha256), Hash::Sha256, false};
  throw asn1::Malformed("the key is neither an EC nor an RSA key");
}

base::Bytes digest_of(base::ByteView tbs, Hash hash) {
  switch (hash) {
    case Hash::Sha256:
      return crypto::botan::sha256(tbs);
    case Hash::Sha384:
      return crypto::botan::sha384(tbs);
    case Hash::Sha512:
      break;
  }
  return crypto::botan::sha512(tbs);
}

base::Bytes signature_value(const SignatureAlgorithm& algorithm, base::ByteView signature) {
  if (algorithm.ecdsa) return format::ecdsa_signature(signature);
  return {signature.begin(), signature.end()};
}

}  // namespace x509::issue
