#include "pki/sod/judge/sod_signature.h"

#include <fmt/format.h>

#include "pki/crypto/openssl/hash.h"
#include "pki/sod/judge/signer_certificate.h"
#include "pki/trust/trust_state.h"

namespace sod::judge {

namespace {

constexpr const char* kWhere = "EF.SOD";

// RFC 5652 §5.1 (3, because the content type is not id-data) and §5.3 (1 or 3, by the form of sid). Nothing signs
// these octets, so they have to be exactly what the standard computes.
void judge_versions(const SignedData& data, base::Findings& findings) {
  const SignerInfo& signer = data.signers.front();
  const std::int64_t due = signer.key_identifier.empty() ? 1 : 3;
  if (data.version != 3 || signer.version != due) {
    findings.fail("SOD_VERSION", kWhere,
                  fmt::format("The CMS versions are {} and {}; 3 and {} are due.", data.version, signer.version, due));
  }
}

void judge_digest_algorithms(const SignedData& data, base::Findings& findings) {
  const asn1::Oid& used = data.signers.front().digest_algorithm;
  if (data.digest_algorithms.size() != 1 || data.digest_algorithms.front() != used) {
    findings.fail("SOD_DIGEST_ALGORITHMS", kWhere,
                  "The digest algorithms announced are not the one that the signer used.");
  }
  const auto hash = crypto::openssl::hash_of(used);
  if (!hash) {
    findings.fail("SOD_HASH_ALGORITHM", kWhere,
                  fmt::format("The object is hashed with {}, which no document may use.", used.dotted()));
  } else if (*hash == crypto::openssl::Hash::Sha1) {
    findings.fail("WEAK_DIGEST", kWhere, "The object is signed over SHA-1, which can be forged.");
  }
}

// RFC 5652 §11.1 and §11.2: contentType and messageDigest tie the attributes to the content. OpenSSL does not compare
// the first.
void judge_attributes(const SignedData& data, base::Findings& findings) {
  const SignerInfo& signer = data.signers.front();
  if (!signer.signed_attributes) {
    findings.fail("SOD_SIGNED_ATTRIBUTES", kWhere, "The object has no signed attributes, which the profile demands.");
    return;
  }
  const auto type = single_attribute(*signer.signed_attributes, asn1::oid::kContentType);
  const auto digest = single_attribute(*signer.signed_attributes, asn1::oid::kMessageDigest);
  if (!type || !digest || type->tag != 0x06 || digest->tag != 0x04) {
    findings.fail("SOD_SIGNED_ATTRIBUTES", kWhere,
                  "The signed attributes do not hold exactly one content type and one message digest.");
    return;
  }
  if (asn1::read_oid(type->value) != data.content_type) {
    findings.fail("SOD_CONTENT_TYPE_MISMATCH", kWhere,
                  "The signed content type differs from the type of the content that is there.");
  }
  const auto hash = crypto::openssl::hash_of(signer.digest_algorithm);
  if (hash && !base::equal(crypto::openssl::digest(*hash, data.content), digest->value)) {
    findings.fail("SOD_MESSAGE_DIGEST", kWhere, "The signed hashes were changed: their digest is not the signed one.");
  }
}

struct SignatureAlgorithm {
  asn1::Oid oid;
  std::optional<crypto::openssl::Hash> hash;  // nullopt: named elsewhere (rsaEncryption, RSASSA-PSS)
  int key_type;
};

// 9303-12 §4.1.6 and RFC 5754; SHA-1 forms are read and have failed as WEAK_DIGEST. DSA is not accepted.
const SignatureAlgorithm* signature_algorithm(const asn1::Oid& oid) {
  using crypto::openssl::Hash;
  static const SignatureAlgorithm kKnown[] = {
      {asn1::Oid{"1.2.840.10045.4.1"}, Hash::Sha1, EVP_PKEY_EC},
      {asn1::Oid{"1.2.840.10045.4.3.1"}, Hash::Sha224, EVP_PKEY_EC},
      {asn1::oid::kEcdsaWithSha256, Hash::Sha256, EVP_PKEY_EC},
      {asn1::oid::kEcdsaWithSha384, Hash::Sha384, EVP_PKEY_EC},
      {asn1::oid::kEcdsaWithSha512, Hash::Sha512, EVP_PKEY_EC},
      {asn1::oid::kRsaEncryption, std::nullopt, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.5"}, Hash::Sha1, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.10"}, std::nullopt, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.11"}, Hash::Sha256, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.12"}, Hash::Sha384, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.13"}, Hash::Sha512, EVP_PKEY_RSA},
      {asn1::Oid{"1.2.840.113549.1.1.14"}, Hash::Sha224, EVP_PKEY_RSA},
  };
  for (const SignatureAlgorithm& known : kKnown) {
    if (known.oid == oid) return &known;
  }
  return nullptr;
}

bool algorithm_fits(const SignerInfo& signer, X509* certificate) {
  const SignatureAlgorithm* const algorithm = signature_algorithm(signer.signature_algorithm);
  const EVP_PKEY* const key = X509_get0_pubkey(certificate);
  return algorithm != nullptr && key != nullptr && EVP_PKEY_get_base_id(key) == algorithm->key_type &&
         (!algorithm->hash || algorithm->hash == crypto::openssl::hash_of(signer.digest_algorithm));
}

// OpenSSL verifies over the attributes as they came, tagged as the SET that was signed (31, not A0).
bool openssl_verifies(CMS_ContentInfo* cms, X509* certificate) {
  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(cms);
  if (signers == nullptr || sk_CMS_SignerInfo_num(signers) != 1) return false;
  CMS_SignerInfo* const signer = sk_CMS_SignerInfo_value(signers, 0);
  CMS_SignerInfo_set1_signer_cert(signer, certificate);
  return CMS_SignerInfo_verify(signer) == 1;
}

// signingTime, where it is given, against the time in which the key was used: told, not judged.
void note_signing_time(const SignerInfo& signer, X509* certificate, base::Findings& findings) {
  const auto attribute = single_attribute(*signer.signed_attributes, asn1::oid::kSigningTime);
  if (!attribute || (attribute->tag != 0x17 && attribute->tag != 0x18)) return;
  const std::unique_ptr<ASN1_TIME, crypto::openssl::FreeWith<ASN1_TIME_free>> time(ASN1_TIME_new());
  ASN1_STRING_set(time.get(), attribute->value.data(), static_cast<int>(attribute->value.size()));
  time->type = attribute->tag == 0x17 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME;
  const auto signed_at = trust::moment_of(time.get());
  if (signed_at && outside_key_usage_period(certificate, *signed_at)) {
    findings.note("SOD_OUTSIDE_DS_USAGE", kWhere,
                  "The object says it was signed outside the time in which the signer used its key.");
  }
}

}  // namespace

void judge_envelope(const SignedData& data, const asn1::Oid& content_type, base::Findings& findings) {
  judge_versions(data, findings);
  judge_digest_algorithms(data, findings);
  if (data.content_type != content_type) {
    findings.fail("SOD_CONTENT_TYPE", kWhere, "The signed content does not claim to be what this file has to hold.");
  }
  judge_attributes(data, findings);
}

void judge_signature(const SignedData& data, X509* certificate, base::Findings& findings) {
  const SignerInfo& signer = data.signers.front();
  if (!signer.signed_attributes) return;  // SOD_SIGNED_ATTRIBUTES has failed it
  if (!algorithm_fits(signer, certificate)) {
    findings.fail("SOD_SIGNATURE_ALGORITHM", kWhere,
                  "The signature algorithm is unknown, or fits neither the signer's key nor the digest.");
    return;
  }
  const base::Bytes message = without_certificates(data);
  const unsigned char* at = message.data();
  const crypto::openssl::CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(message.size())));
  if (!cms || at != message.data() + message.size()) {
    findings.fail("SOD_ENCODING", kWhere, "The object is malformed for the CMS reader.");
  } else if (!openssl_verifies(cms.get(), certificate)) {
    findings.fail("SOD_SIGNATURE", kWhere, "The signature does not verify with the document signer's key.");
  }
  crypto::openssl::drain_errors();
  note_signing_time(signer, certificate, findings);
}

}  // namespace sod::judge
