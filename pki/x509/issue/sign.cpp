#include "pki/base/core/error.h"
#include "pki/x509/issue/algorithm.h"
#include "pki/x509/issue/issue.h"

namespace x509::issue {

namespace {

constexpr std::string_view kDoing = "signing a certificate";

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
  const base::Bytes signature = issuer.sign_digest(digest_of(spent.tbs_, algorithm.hash));  // verified by OpenSSL
  return format::assemble(spent.tbs_, spent.signature_algorithm_, signature_value(algorithm, signature));
}

}  // namespace x509::issue
