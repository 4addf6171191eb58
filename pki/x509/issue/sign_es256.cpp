#include "pki/x509/issue/sign_es256.h"

#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/x509/format/public_key.h"

namespace x509::issue {

base::Bytes sign_es256(const format::Body& body, const keystore::SigningKey& issuer) {
  base::ensure(issuer.curve() == keystore::Curve::P256, "ES256 is signed with P-256");
  const base::Bytes tbs = format::encode(body);
  const base::Bytes signature = issuer.sign_digest(crypto::botan::sha256(tbs));
  const auto judge = crypto::openssl::parse_public_key(issuer.public_key_named());
  const base::Bytes digest = crypto::openssl::digest(crypto::openssl::Hash::Sha256, tbs);
  base::ensure(judge && crypto::openssl::verify_ecdsa_plain(judge.get(), digest, signature),
               "OpenSSL confirms what Botan signed");
  return format::assemble(tbs, body.signature_algorithm, format::ecdsa_signature(signature));
}

}  // namespace x509::issue
