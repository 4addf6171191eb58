#include "pki/asn1/tlv.h"
#include "pki/base/core/error.h"
#include "pki/crypto/botan/hash.h"
#include "pki/cvc/format/algorithm.h"
#include "pki/cvc/format/request.h"
#include "pki/cvc/issue/draft.h"
#include "pki/cvc/issue/issue.h"

namespace cvc::issue {

namespace {

base::Bytes signature_over(base::ByteView message, const asn1::Oid& oid, const keystore::SigningKey& key) {
  const format::Algorithm* const algorithm = format::algorithm_of(oid);
  base::ensure(algorithm != nullptr, "what we sign with stands in the list");
  switch (algorithm->hash) {
    case format::Hash::Sha256:
      return key.sign_digest(crypto::botan::sha256(message));
    case format::Hash::Sha384:
      return key.sign_digest(crypto::botan::sha384(message));
    case format::Hash::Sha512:
      return key.sign_digest(crypto::botan::sha512(message));
    case format::Hash::Sha1:
    case format::Hash::Sha224:
      break;
  }
  throw base::Error(base::Fault::FixConfiguration, "signing a CV certificate",
                    "the issuer's certificate is for SHA-1 or SHA-224, with which nothing is signed here");
}

}  // namespace

base::Bytes sign(LintedCertificate permit, const keystore::SigningKey& issuer) {
  const LintedCertificate spent = std::move(permit);
  base::ensure(!spent.body_.empty(), "a permit is spent once");
  const format::PublicKey own = public_key_of(issuer);
  if (own.point != spent.key_.point || own.modulus != spent.key_.modulus) {
    throw base::Error(base::Fault::FixConfiguration, "signing a CV certificate",
                      "the key is not the one of the issuer's certificate; give the pair that was made together");
  }
  return format::assemble(spent.body_, signature_over(spent.body_, spent.key_.algorithm, issuer));
}

base::Bytes make_request(const keystore::SigningKey& key, const std::string& holder, const std::string& authority) {
  const format::PublicKey own = public_key_of(key);
  const base::Bytes body = format::encode_request_body(authority, own, holder);
  return format::assemble(body, signature_over(body, own.algorithm, key));
}

base::Bytes countersign(base::ByteView request, const keystore::SigningKey& previous_key, const std::string& previous) {
  const base::Bytes part = format::outer_signed_part(request, previous);
  return format::assemble_request(part, signature_over(part, public_key_of(previous_key).algorithm, previous_key));
}

}  // namespace cvc::issue
