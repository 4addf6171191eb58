#include "pki/x509/issue/sign_es256.h"

#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/x509/format/public_key.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

base::Bytes sign_es256(const format::Body& body, const keystore::SigningKey& issuer) {
  base::ensure(issuer.curve() == keystore::Curve::P256, "ES256 is signed with P-256");
  const base::Bytes tbs = format::encode(body);
  const base::Bytes signature = issuer.sign_digest(crypto::botan::sha256(tbs));
  return format::assemble(tbs, body.signature_algorithm, format::ecdsa_signature(signature));
}

base::Bytes self_signed_es256(const keystore::SigningKey& key, const format::Name& name,
                              std::pair<base::Moment, base::Moment> term, std::vector<format::Extension> more,
                              base::Random& random) {
  const base::Bytes public_key = key.public_key_named();
  format::Body body{
      random_serial(random),
      format::algorithm_identifier(asn1::oid::kEcdsaWithSha256),
      name,
      term.first,
      term.second,
      name,
      public_key,
      {{asn1::oid::kSubjectKeyIdentifier, false, format::encode_subject_key_identifier(key_identifier(public_key))},
       {asn1::oid::kKeyUsage, true, format::encode_key_usage({format::KeyUse::DigitalSignature})}}};
  for (format::Extension& extension : more) body.extensions.push_back(std::move(extension));
  return sign_es256(body, key);
}

}  // namespace x509::issue
