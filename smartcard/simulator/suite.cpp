#include "smartcard/simulator/suite.h"

#include "smartcard/simulator/crypto.h"

namespace simulator {

std::size_t block_size(Suite suite) {
  return suite == Suite::TripleDes ? kDesBlock : kAesBlock;
}

std::size_t key_size(Suite suite) {
  return suite == Suite::Aes256 ? 32 : suite == Suite::Aes192 ? 24 : 16;
}

// SHA-1 for keys of 16 bytes, SHA-256 for longer ones. DES ignores the parity bits, so they stay as they fall.
base::Secret derive_key(Suite suite, base::ByteView secret, std::uint8_t counter) {
  const base::Secret input(base::concat({secret, base::Bytes{0, 0, 0, counter}}));
  base::Bytes digest = key_size(suite) == 16 ? sha1(input.reveal()) : sha256(input.reveal());
  digest.resize(key_size(suite));
  return base::Secret(std::move(digest));
}

base::Bytes encrypt(Suite suite, base::ByteView key, base::ByteView iv, base::ByteView data) {
  return suite == Suite::TripleDes ? des3_cbc_encrypt(key, data) : aes_cbc_encrypt(key, iv, data);
}

base::Bytes decrypt(Suite suite, base::ByteView key, base::ByteView iv, base::ByteView data) {
  return suite == Suite::TripleDes ? des3_cbc_decrypt(key, data) : aes_cbc_decrypt(key, iv, data);
}

base::Bytes encrypt_block(Suite suite, base::ByteView key, base::ByteView block) {
  return suite == Suite::TripleDes ? des3_cbc_encrypt(key, block) : aes_encrypt_block(key, block);
}

base::Bytes message_checksum(Suite suite, base::ByteView key, base::ByteView data) {
  return authentication_token(suite, key,
                              suite == Suite::TripleDes ? base::Bytes(data.begin(), data.end()) : pad(data, kAesBlock));
}

base::Bytes authentication_token(Suite suite, base::ByteView key, base::ByteView data) {
  base::Bytes mac = suite == Suite::TripleDes ? retail_mac(key, data) : aes_cmac(key, data);
  mac.resize(8);
  return mac;
}

}  // namespace simulator
