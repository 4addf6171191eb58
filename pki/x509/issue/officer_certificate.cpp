#include "pki/x509/issue/officer_certificate.h"

#include "pki/base/core/error.h"
#include "pki/x509/issue/issue.h"
#include "pki/x509/issue/sign_es256.h"

namespace x509::issue {

base::Bytes issue_officer_certificate(const keystore::SigningKey& key, const std::string& account, base::Moment now,
                                      base::Random& random) {
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
  return sign_es256(body, key);
}

}  // namespace x509::issue
