#include "pki/crypto/openssl/crl.h"

#include "pki/crypto/openssl/certificate.h"

namespace crypto::openssl {

bool crl_is_signed_by(base::ByteView crl, base::ByteView certificate) {
  const unsigned char* at = crl.data();
  const std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>> list(
      d2i_X509_CRL(nullptr, &at, static_cast<long>(crl.size())));
  const X509Ptr signer = parse_certificate(certificate);
  const bool good = list && at == crl.data() + crl.size() && signer &&
                    X509_NAME_cmp(X509_CRL_get_issuer(list.get()), X509_get_subject_name(signer.get())) == 0 &&
                    X509_CRL_verify(list.get(), X509_get0_pubkey(signer.get())) == 1;
  if (!good) drain_errors();
  return good;
}

}  // namespace crypto::openssl
