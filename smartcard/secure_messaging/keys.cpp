#include "smartcard/secure_messaging/keys.h"

#include <array>

#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/symmetric.h"

namespace secure_messaging {

namespace {

namespace openssl = crypto::openssl;

constexpr std::array<std::uint8_t, 16> kZeroIv{};
constexpr std::size_t kMacSize = 8;

base::ByteView zero_iv(Cipher cipher) {
  return base::ByteView(kZeroIv).first(block_size(cipher));
}

}  // namespace

std::size_t key_size(Cipher cipher) {
  switch (cipher) {
    case Cipher::Aes192:
      return 24;
    case Cipher::Aes256:
      return 32;
    case Cipher::TripleDes:
    case Cipher::Aes128:
      break;
  }
  return 16;
}

std::size_t block_size(Cipher cipher) {
  return cipher == Cipher::TripleDes ? 8 : 16;
}

base::Secret derive_key(Cipher cipher, base::ByteView shared_secret, std::uint8_t counter) {
  const base::Bytes count{0, 0, 0, counter};
  const base::Secret input(base::concat({shared_secret, count}));
  const auto hash = key_size(cipher) > 16 ? openssl::Hash::Sha256 : openssl::Hash::Sha1;
  base::Bytes key = openssl::digest(hash, input.reveal());
  base::wipe(std::span(key).subspan(key_size(cipher)));
  key.resize(key_size(cipher));
  if (cipher == Cipher::TripleDes) openssl::set_des_parity(key);
  return base::Secret(std::move(key));
}

SessionKeys derive_session_keys(Cipher cipher, base::ByteView shared_secret) {
  return {derive_key(cipher, shared_secret, 1), derive_key(cipher, shared_secret, 2)};
}

base::Bytes cbc_encrypt(Cipher cipher, base::ByteView key, base::ByteView blocks) {
  return cipher == Cipher::TripleDes ? openssl::tdes_cbc_encrypt(key, zero_iv(cipher), blocks)
                                     : openssl::aes_cbc_encrypt(key, zero_iv(cipher), blocks);
}

base::Bytes cbc_decrypt(Cipher cipher, base::ByteView key, base::ByteView blocks) {
  return cipher == Cipher::TripleDes ? openssl::tdes_cbc_decrypt(key, zero_iv(cipher), blocks)
                                     : openssl::aes_cbc_decrypt(key, zero_iv(cipher), blocks);
}

base::Bytes mac(Cipher cipher, base::ByteView key, base::ByteView data) {
  if (cipher == Cipher::TripleDes) return openssl::retail_mac(key, openssl::pad_80(data, block_size(cipher)));
  base::Bytes out = openssl::aes_cmac(key, data);
  out.resize(kMacSize);
  return out;
}

}  // namespace secure_messaging
