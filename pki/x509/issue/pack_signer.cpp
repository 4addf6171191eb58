#include "pki/x509/issue/pack_signer.h"

#include "pki/asn1/own_oids.h"
#include "pki/x509/format/oids.h"
#include "pki/x509/issue/sign_es256.h"

namespace x509::issue {

base::Bytes issue_pack_signer(const keystore::SigningKey& key, const format::Name& name, base::Moment now,
                              base::Random& random) {
  return self_signed_es256(
      key, name, {now, now + std::chrono::days{365 * kPackSignerYears}},
      {{format::oid::kExtendedKeyUsage, true, format::encode_extended_key_usage({asn1::oid::kTrustPackSigning})}},
      random);
}

}  // namespace x509::issue
