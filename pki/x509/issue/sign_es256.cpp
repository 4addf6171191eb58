#include "pki/x509/issue/sign_es256.h"

#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/x509/format/public_key.h"

namespace x509::issue {

base::Bytes sign_es256(const format::Body& body, const keystore::SigningKey& issuer) {
  base::ensure(issuer.curve() == keystore::Curve::P256, "ES256 is signed with P-256");
  const base::Bytes tbs = format::encode(body);
  const base::Bytes signature = issuer.sign_digest(crypto::botan::sha256(tbs));
  return format::assemble(tbs, body.signature_algorithm, format::ecdsa_signature(signature));
}

}  // namespace x509::issue
