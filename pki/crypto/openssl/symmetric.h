#pragma once
// The block ciphers and MACs that chips speak, by OpenSSL 3's default provider. Keys come in as views (the caller
// reveals its Secret for one call); lengths that a standard fixes are statements about our own code.

#include <optional>

#include "pki/base/core/bytes.h"

namespace crypto::openssl {

// ISO/IEC 9797-1 padding method 2: 80 and as few 00 as fill the block.
base::Bytes pad_80(base::ByteView data, std::size_t block);
// nullopt unless data is whole blocks and its last block ends in 80 00*; every octet of the padding is looked at.
std::optional<base::Bytes> unpad_80(base::ByteView data, std::size_t block);

// Two-key 3DES in CBC mode (EDE); key 16 bytes, iv 8, data whole blocks.
base::Bytes tdes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes tdes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
// ISO/IEC 9797-1 MAC algorithm 3 with DES ("retail MAC"); key 16 bytes, data padded by the caller, at least one block.
// iv: one block that the first is chained to; none: zeros.
base::Bytes retail_mac(base::ByteView key, base::ByteView padded, base::ByteView iv = {});
// Single DES of one block; key 8 bytes. For protocols that name it inside something stronger.
base::Bytes des_encrypt_block(base::ByteView key, base::ByteView block);
// Each octet gets odd parity (FIPS 46-3).
void set_des_parity(base::Bytes& key);

// AES with a key of 16, 24 or 32 bytes; data whole blocks.
base::Bytes aes_cbc_encrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes aes_cbc_decrypt(base::ByteView key, base::ByteView iv, base::ByteView data);
base::Bytes aes_encrypt_block(base::ByteView key, base::ByteView block);
// NIST SP 800-38B, 16 bytes.
base::Bytes aes_cmac(base::ByteView key, base::ByteView data);

}  // namespace crypto::openssl
