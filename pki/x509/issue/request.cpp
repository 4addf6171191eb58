#include "pki/x509/issue/request.h"

#include "pki/x509/format/certificate.h"
#include "pki/x509/format/request.h"
#include "pki/x509/issue/algorithm.h"

namespace x509::issue {

base::Bytes make_request(const keystore::SigningKey& key, const format::Name& subject) {
  const base::Bytes public_key = key.public_key_explicit();
  const base::Bytes info = format::encode_request_info(subject, public_key);
  const SignatureAlgorithm algorithm = signature_algorithm_of(public_key);
  const base::Bytes signature = key.sign_digest(digest_of(info, algorithm.hash));  // verified by OpenSSL
  return format::assemble(info, algorithm.identifier, signature_value(algorithm, signature));
}

}  // namespace x509::issue
