#include "smartcard/simulator/crypto.h"

#include <botan/block_cipher.h>
#include <botan/cipher_mode.h>
#include <botan/hash.h>
#include <botan/mac.h>

#include <algorithm>
#include <string>

#include "pki/base/core/error.h"

namespace simulator {

namespace {

std::string aes_name(base::ByteView key) {
  base::ensure(key.size() == 16 || key.size() == 24 || key.size() == 32, "an AES key has 16, 24 or 32 bytes");
  return "AES-" + std::to_string(8 * key.size());
}

base::Bytes cbc(const std::string& cipher, Botan::Cipher_Dir direction, base::ByteView key, base::ByteView iv,
                base::ByteView data) {
  const auto mode = Botan::Cipher_Mode::create_or_throw(cipher + "/CBC/NoPadding", direction);
  mode->set_key(key.data(), key.size());
  mode->start(iv.data(), iv.size());
  Botan::secure_vector<std::uint8_t> buffer(data.begin(), data.end());
  mode->finish(buffer);
  return {buffer.begin(), buffer.end()};
}

base::Bytes mac(const std::string& name, base::ByteView key, base::ByteView data) {
  const auto algorithm = Botan::MessageAuthenticationCode::create_or_throw(name);
  algorithm->set_key(key.data(), key.size());
  algorithm->update(data.data(), data.size());
  const auto value = algorithm->final();
  return {value.begin(), value.end()};
}

base::Bytes hash(const std::string& name, base::ByteView data) {
  const auto algorithm = Botan::HashFunction::create_or_throw(name);
  algorithm->update(data.data(), data.size());
  const auto value = algorithm->final();
  return {value.begin(), value.end()};
}

}  // namespace

base::Bytes pad(base::ByteView data, std::size_t block) {
  base::Bytes padded(data.begin(), data.end());
  padded.push_back(0x80);
  padded.resize((padded.size() + block - 1) / block * block);
  return padded;
}

std::optional<base::Bytes> unpad(base::ByteView padded, std::size_t block) {
  if (padded.empty() || padded.size() % block != 0) return std::nullopt;
  std::size_t end = padded.size();
  while (end > padded.size() - block && padded[end - 1] == 0x00) --end;
  if (end == padded.size() - block || padded[end - 1] != 0x80) return std::nullopt;
  const auto data = padded.first(end - 1);
  return base::Bytes(data.begin(), data.end());
}

base::Bytes aes_encrypt_block(base::ByteView key, base::ByteView block) {
  base::ensure(block.size() == kAesBlock, "an AES block has 16 bytes");
  const auto cipher = Botan::BlockCipher::create_or_throw(aes_name(key));
  cipher->set_key(key.data(), key.size());
  base::Bytes out(kAesBlock);
  cipher->encrypt(block.data(), out.data());
  return out;
}

base::Bytes aes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return cbc(aes_name(key), Botan::ENCRYPTION, key, iv, data);
}

base::Bytes aes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data) {
  return cbc(aes_name(key), Botan::DECRYPTION, key, iv, data);
}

base::Bytes aes_cmac(base::ByteView key, base::ByteView data) {
  return mac("CMAC(" + aes_name(key) + ")", key, data);
}

base::Bytes des3_cbc_encrypt(base::ByteView key, base::ByteView data) {
  return cbc("TripleDES", Botan::ENCRYPTION, key, base::Bytes(kDesBlock), data);
}

base::Bytes des3_cbc_decrypt(base::ByteView key, base::ByteView data) {
  return cbc("TripleDES", Botan::DECRYPTION, key, base::Bytes(kDesBlock), data);
}

base::Bytes des3_ecb_decrypt(base::ByteView key, base::ByteView data) {
  const auto cipher = Botan::BlockCipher::create_or_throw("TripleDES");
  cipher->set_key(key.data(), key.size());
  base::ensure(data.size() % kDesBlock == 0, "ECB takes whole blocks");
  base::Bytes out(data.size());
  cipher->decrypt_n(data.data(), out.data(), data.size() / kDesBlock);
  return out;
}

base::Bytes des_encrypt_block(base::ByteView key, base::ByteView block) {
  base::ensure(block.size() == kDesBlock, "a DES block has 8 bytes");
  const auto cipher = Botan::BlockCipher::create_or_throw("DES");
  cipher->set_key(key.data(), key.size());
  base::Bytes out(kDesBlock);
  cipher->encrypt(block.data(), out.data());
  return out;
}

base::Bytes retail_mac(base::ByteView key, base::ByteView data) {
  return mac("X9.19-MAC", key, pad(data, kDesBlock));  // Botan's X9.19-MAC does not pad with 80
}

// Botan's starts with zeros: a vector goes into the first block.
base::Bytes retail_mac(base::ByteView key, base::ByteView data, base::ByteView iv) {
  base::ensure(iv.size() == kDesBlock, "a retail MAC is chained to one block");
  base::Bytes padded = pad(data, kDesBlock);
  for (std::size_t i = 0; i < kDesBlock; ++i) padded[i] = static_cast<std::uint8_t>(padded[i] ^ iv[i]);
  return mac("X9.19-MAC", key, padded);
}

base::Bytes sha1(base::ByteView data) {
  return hash("SHA-1", data);
}

base::Bytes sha256(base::ByteView data) {
  return hash("SHA-256", data);
}

base::Bytes key_check_value(base::ByteView key) {
  base::Bytes value = aes_encrypt_block(key, base::Bytes(kAesBlock, 0x01));
  value.resize(3);
  return value;
}

base::Bytes des3_key_check_value(base::ByteView key) {
  base::Bytes value = des3_cbc_encrypt(key, base::Bytes(kDesBlock));
  value.resize(3);
  return value;
}

}  // namespace simulator
