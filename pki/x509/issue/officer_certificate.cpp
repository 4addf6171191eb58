#include "pki/x509/issue/officer_certificate.h"

#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

base::Bytes issue_officer_certificate(const keystore::SigningKey& key, const std::string& account, base::Moment now,
                                      base::Random& random) {
  base::ensure(key.curve() == keystore::Curve::P256, "officers sign with P-256");
  const auto name = format::name_from_text("C=VN,CN=" + account);
  base::ensure(name.has_value(), "an account name fits into a distinguished name");
  const base::Bytes public_key = key.public_key_named();
  const std::chrono::days length{365 * kOfficerYears};
  format::Body body{random_serial(random),
                    format::algorithm_identifier(asn1::oid::kEcdsaWithSha256),
                    *name,
                    now,
                    now + length,
                    *name,
                    public_key,
                    {}};
  body.extensions = {
      {asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_identifier(public_key))},
      {asn1::oid::kKeyUsage, true, format::encode_key_usage({format::KeyUse::DigitalSignature})},
  };
  const base::Bytes tbs = format::encode(body);
  const base::Bytes signature = key.sign_digest(crypto::botan::sha256(tbs));
  const auto judge = crypto::openssl::parse_public_key(public_key);
  const base::Bytes digest = crypto::openssl::digest(crypto::openssl::Hash::Sha256, tbs);
  base::ensure(judge && crypto::openssl::verify_ecdsa_plain(judge.get(), digest, signature),
               "OpenSSL confirms what Botan signed");
  return format::assemble(tbs, body.signature_algorithm, format::ecdsa_signature(signature));
}

}  // namespace x509::issue
