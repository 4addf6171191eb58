#include "pki/crypto/openssl/request.h"

#include <openssl/x509.h>

#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

bool is_signed_request(base::ByteView der) {
  using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
  const unsigned char* at = der.data();
  const RequestPtr request(d2i_X509_REQ(nullptr, &at, static_cast<long>(der.size())));
  EVP_PKEY* const key = request ? X509_REQ_get0_pubkey(request.get()) : nullptr;
  const bool good = key != nullptr && at == der.data() + der.size() && X509_REQ_verify(request.get(), key) == 1;
  drain_errors();
  return good;
}

}  // namespace crypto::openssl
