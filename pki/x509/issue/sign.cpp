#include "pki/base/core/error.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

namespace {

constexpr std::string_view kDoing = "signing a certificate";

// "Every signature is verified by the other library before it leaves."
bool openssl_confirms(base::ByteView digest, base::ByteView signature, base::ByteView issuer_key) {
  const auto key = crypto::openssl::parse_public_key(issuer_key);
  return key && crypto::openssl::verify_ecdsa_plain(key.get(), digest, signature);
}

}  // namespace

base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer) {
  const LintedCertificate spent = std::move(permit);
  base::ensure(!spent.tbs_.empty(), "a permit is spent once");
  if (spent.issuer_key_ != issuer.public_key_explicit() && spent.issuer_key_ != issuer.public_key_named()) {
    throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                      "the key is not the one of the CSCA certificate; give the pair that was made together");
  }
  const SignatureAlgorithm algorithm = signature_algorithm_of(spent.issuer_key_);
  base::ensure(algorithm.identifier == spent.signature_algorithm_, "lint() holds the algorithm against the key");
  const base::Bytes digest = digest_of(spent.tbs_, algorithm.hash);
  const base::Bytes signature = issuer.sign_digest(digest);
  if (!openssl_confirms(digest, signature, spent.issuer_key_)) {
    throw base::Error(base::Fault::TreatAsAttack, std::string(kDoing),
                      "OpenSSL does not confirm the signature that was just made; nothing was given out. Stop using "
                      "this key and this machine until the cause is known");
  }
  return format::assemble(spent.tbs_, spent.signature_algorithm_, signature_value(algorithm, signature));
}

}  // namespace x509::issue
