#include "pki/crypto/openssl/symmetric.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <bit>

#include "pki/base/core/error.h"
#include "pki/base/core/secret.h"
#include "pki/crypto/openssl/handles.h"

namespace crypto::openssl {

namespace {

constexpr std::size_t kDesBlock = 8;
constexpr std::size_t kAesBlock = 16;
constexpr std::array<std::uint8_t, 16> kZeros{};

enum class Direction : int { Decrypt = 0, Encrypt = 1 };

base::Bytes crypt(const EVP_CIPHER* cipher, Direction direction, base::ByteView key, base::ByteView iv,
                  base::ByteView data) {
  base::ensure(cipher != nullptr && data.size() % static_cast<std::size_t>(EVP_CIPHER_get_block_size(cipher)) == 0,
               "a block cipher gets whole blocks");
  base::ensure(key.size() == static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher)) &&
                   iv.size() >= static_cast<std::size_t>(EVP_CIPHER_get_iv_length(cipher)),
               "key and initial vector have the cipher's length");
  const CipherCtxPtr context(EVP_CIPHER_CTX_new());
  base::Bytes out(data.size() + EVP_MAX_BLOCK_LENGTH);
  int written = 0;
  int last = 0;
  base::ensure(
      context &&
          EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv.data(), static_cast<int>(direction), nullptr) == 1 &&
          EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
          EVP_CipherUpdate(context.get(), out.data(), &written, data.data(), static_cast<int>(data.size())) == 1 &&
          EVP_CipherFinal_ex(context.get(), out.data() + written, &last) == 1,
      "OpenSSL's default provider has AES and two-key 3DES");
  out.resize(static_cast<std::size_t>(written) + static_cast<std::size_t>(last));
  return out;
}

// Single DES is not in OpenSSL 3's default provider: it is 3DES with K ‖ K.
base::Bytes des_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  const base::Secret twice(base::concat({key, key}));
  return crypt(EVP_des_ede_cbc(), Direction::Encrypt, twice.reveal(), iv, data);
}

const EVP_CIPHER* aes_cbc(std::size_t key_size) {
  switch (key_size) {
    case 16:
      return EVP_aes_128_cbc();
    case 24:
      return EVP_aes_192_cbc();
    case 32:
      return EVP_aes_256_cbc();
    default:
      return nullptr;
  }
}

}  // namespace

base::Bytes pad_80(base::ByteView data, std::size_t block) {
  base::Bytes out(data.begin(), data.end());
  out.push_back(0x80);
  out.resize((out.size() + block - 1) / block * block);
  return out;
}

std::optional<base::Bytes> unpad_80(base::ByteView data, std::size_t block) {
  if (data.empty() || data.size() % block != 0) return std::nullopt;
  const base::ByteView last = data.last(block);
  const auto mark = std::find_if(last.rbegin(), last.rend(), [](std::uint8_t octet) { return octet != 0; });
  if (mark == last.rend() || *mark != 0x80) return std::nullopt;
  const auto padding = static_cast<std::size_t>(mark - last.rbegin()) + 1;
  return base::Bytes(data.begin(), data.end() - static_cast<std::ptrdiff_t>(padding));
}

base::Bytes tdes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return crypt(EVP_des_ede_cbc(), Direction::Encrypt, key, iv, data);
}

base::Bytes tdes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return crypt(EVP_des_ede_cbc(), Direction::Decrypt, key, iv, data);
}

// The last block's chain, E(K1) D(K2) E(K1), is two-key 3DES itself.
base::Bytes retail_mac(base::ByteView key, base::ByteView padded, base::ByteView iv) {
  base::ensure(key.size() == 16 && !padded.empty() && padded.size() % kDesBlock == 0,
               "a retail MAC takes two keys and whole blocks");
  base::ensure(iv.empty() || iv.size() == kDesBlock, "a retail MAC is chained to one block");
  base::Bytes chain(iv.begin(), iv.end());
  chain.resize(kDesBlock);
  if (padded.size() > kDesBlock) {
    const base::Bytes all = des_cbc_encrypt(key.first(8), chain, padded.first(padded.size() - kDesBlock));
    chain.assign(all.end() - static_cast<std::ptrdiff_t>(kDesBlock), all.end());
  }
  return tdes_cbc_encrypt(key, chain, padded.last(kDesBlock));
}

base::Bytes des_encrypt_block(base::ByteView key, base::ByteView block) {
  base::ensure(key.size() == 8 && block.size() == kDesBlock, "DES takes a key and a block of 8 bytes");
  return des_cbc_encrypt(key, kZeros, block);  // one block under a zero vector is ECB
}

void set_des_parity(base::Bytes& key) {
  for (std::uint8_t& octet : key) {
    const bool even = std::popcount(static_cast<unsigned>(octet & 0xFE)) % 2 == 0;
    octet = static_cast<std::uint8_t>((octet & 0xFE) | (even ? 1 : 0));
  }
}

base::Bytes aes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return crypt(aes_cbc(key.size()), Direction::Encrypt, key, iv, data);
}

base::Bytes aes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return crypt(aes_cbc(key.size()), Direction::Decrypt, key, iv, data);
}

base::Bytes aes_encrypt_block(base::ByteView key, base::ByteView block) {
  base::ensure(block.size() == kAesBlock, "an AES block has 16 bytes");
  return aes_cbc_encrypt(key, kZeros, block);  // one block under a zero vector is ECB
}

base::Bytes aes_cmac(base::ByteView key, base::ByteView data) {
  const MacPtr mac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  const MacCtxPtr context(EVP_MAC_CTX_new(mac.get()));
  std::string cipher = key.size() == 16 ? "AES-128-CBC" : key.size() == 24 ? "AES-192-CBC" : "AES-256-CBC";
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
                                             OSSL_PARAM_construct_end()};
  base::Bytes out(kAesBlock);
  std::size_t size = 0;
  base::ensure(context && EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) == 1 &&
                   EVP_MAC_update(context.get(), data.data(), data.size()) == 1 &&
                   EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1 && size == out.size(),
               "OpenSSL has CMAC with AES");
  return out;
}

}  // namespace crypto::openssl
