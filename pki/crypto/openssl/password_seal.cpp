#include "pki/crypto/openssl/password_seal.h"

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

namespace {

constexpr std::size_t kSaltBytes = 16, kNonceBytes = 12, kTagBytes = 16, kKeyBytes = 32;
constexpr int kMostRounds = 10'000'000;

base::Secret key_from(const base::Secret& password, base::ByteView salt, int rounds) {
  base::Bytes key(kKeyBytes);
  const base::ByteView text = password.reveal();
  base::ensure(PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(text.data()), static_cast<int>(text.size()), salt.data(),
                                 static_cast<int>(salt.size()), rounds, EVP_sha256(), static_cast<int>(key.size()),
                                 key.data()) == 1,
               "OpenSSL has PBKDF2 with SHA-256");
  return base::Secret(std::move(key));
}

bool start(EVP_CIPHER_CTX* context, const base::Secret& key, base::ByteView nonce, std::string_view purpose,
           bool encrypt) {
  int size = 0;
  return EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key.reveal().data(), nonce.data(), encrypt ? 1 : 0, nullptr) ==
             1 &&
         EVP_CipherUpdate(context, nullptr, &size, base::view_of(purpose).data(), static_cast<int>(purpose.size())) ==
             1;
}

}  // namespace

Seal seal(const base::Secret& secret, const base::Secret& password, std::string_view purpose, base::Random& random) {
  Seal out{.salt = random.bytes(kSaltBytes),
           .nonce = random.bytes(kNonceBytes),
           .ciphertext = base::Bytes(secret.size()),
           .tag = base::Bytes(kTagBytes)};
  const base::Secret key = key_from(password, out.salt, out.rounds);
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  int size = 0, last = 0;
  base::ensure(context && start(context.get(), key, out.nonce, purpose, true) &&
                   EVP_CipherUpdate(context.get(), out.ciphertext.data(), &size, secret.reveal().data(),
                                    static_cast<int>(secret.size())) == 1 &&
                   EVP_CipherFinal_ex(context.get(), out.ciphertext.data() + size, &last) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, out.tag.data()) == 1,
               "OpenSSL seals with AES-256-GCM");
  return out;
}

std::optional<base::Secret> open_seal(const Seal& sealed, const base::Secret& password, std::string_view purpose) {
  if (sealed.rounds < kSealRounds || sealed.rounds > kMostRounds || sealed.salt.size() != kSaltBytes ||
      sealed.nonce.size() != kNonceBytes || sealed.tag.size() != kTagBytes) {
    return std::nullopt;
  }
  const base::Secret key = key_from(password, sealed.salt, sealed.rounds);
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  base::Bytes plain(sealed.ciphertext.size());
  base::Bytes tag = sealed.tag;
  int size = 0, last = 0;
  const bool good = context && start(context.get(), key, sealed.nonce, purpose, false) &&
                    EVP_CipherUpdate(context.get(), plain.data(), &size, sealed.ciphertext.data(),
                                     static_cast<int>(sealed.ciphertext.size())) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1 &&
                    EVP_CipherFinal_ex(context.get(), plain.data() + size, &last) == 1;
  base::Secret secret(std::move(plain));  // wiped also when the tag was wrong
  if (!good) {
    drain_errors();
    return std::nullopt;
  }
  return secret;
}

}  // namespace crypto::openssl
