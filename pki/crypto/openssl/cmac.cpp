#include "pki/crypto/openssl/cmac.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

base::Secret cmac_aes128(const base::Secret& key, base::ByteView message) {
  constexpr std::size_t kBlock = 16;
  base::ensure(key.size() == kBlock, "an AES-128 key has 16 bytes");
  const MacPtr mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  const MacCtxPtr context(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr);
  char cipher[] = "AES-128-CBC";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher, 0),
                                   OSSL_PARAM_construct_end()};
  base::Bytes out(kBlock);
  std::size_t size = 0;
  base::ensure(context && EVP_MAC_init(context.get(), key.reveal().data(), key.size(), parameters) == 1 &&
                   EVP_MAC_update(context.get(), message.data(), message.size()) == 1 &&
                   EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == kBlock,
               "OpenSSL has CMAC over AES-128");
  return base::Secret(std::move(out));
}

}  // namespace crypto::openssl
