#include "pki/crypto/openssl/cms.h"

namespace crypto::openssl {

namespace {

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }  // the certificate is borrowed
};

}  // namespace

std::optional<base::Bytes> verified_content(base::ByteView signed_data, X509* signer) {
  const unsigned char* at = signed_data.data();
  const CmsPtr cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(signed_data.size())));
  const std::unique_ptr<STACK_OF(X509), FreeStack> signers(sk_X509_new_null());
  const BioPtr content(BIO_new(BIO_s_mem()));
  // CMS_NOINTERN: the certificate must be the one we know, not one that travels inside.
  constexpr unsigned kFlags = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
  const bool whole = cms && at == signed_data.data() + signed_data.size();
  if (!whole || !signers || !content || sk_X509_push(signers.get(), signer) != 1 ||
      CMS_verify(cms.get(), signers.get(), nullptr, nullptr, content.get(), kFlags) != 1) {
    drain_errors();
    return std::nullopt;
  }
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(content.get(), &bytes);
  return base::Bytes(bytes, bytes + size);
}

}  // namespace crypto::openssl
