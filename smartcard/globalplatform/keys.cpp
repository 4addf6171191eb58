#include "smartcard/globalplatform/keys.h"

#include <algorithm>
#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace globalplatform {

namespace {

namespace openssl = crypto::openssl;

constexpr std::array<std::uint8_t, 16> kZeroIv{};
constexpr std::uint8_t kAesKey = 0x88;  // key type coding, GPCS table 11-16
constexpr std::uint8_t kTripleDesKey = 0x80;
constexpr std::size_t kCheckValue = 3;

constexpr std::size_t block_of(KeyKind kind) {
  return kind == KeyKind::Aes ? 16 : 8;
}

}  // namespace

base::Bytes key_check_value(KeyKind kind, const base::Secret& key) {
  base::Bytes out = kind == KeyKind::Aes ? openssl::aes_encrypt_block(key.reveal(), base::Bytes(16, 0x01))
                                         : openssl::tdes_cbc_encrypt(key.reveal(), kZeroIv, base::Bytes(8));
  out.resize(kCheckValue);
  return out;
}

bool is_single_des(const base::Secret& key) {
  base::ensure(key.size() == kTripleDesKeySize, "a 3DES key has 16 bytes");
  constexpr unsigned kParity = 0x01;
  unsigned differ = 0;
  for (std::size_t i = 0; i < kTripleDesKeySize / 2; ++i) {
    differ |= static_cast<unsigned>(key.reveal()[i] ^ key.reveal()[i + kTripleDesKeySize / 2]) & ~kParity;
  }
  return differ == 0;
}

base::Bytes DataKey::encrypt_blocks(base::ByteView blocks) const {
  if (kind_ == KeyKind::Aes) return openssl::aes_cbc_encrypt(key_.reveal(), kZeroIv, blocks);
  base::Bytes out;
  out.reserve(blocks.size());
  for (; !blocks.empty(); blocks = blocks.subspan(block_of(kind_))) {  // one block under a zero vector is ECB
    base::append(out, openssl::tdes_cbc_encrypt(key_.reveal(), kZeroIv, blocks.first(block_of(kind_))));
  }
  return out;
}

base::Bytes DataKey::encrypt_key(const base::Secret& key) const {
  const std::size_t block = block_of(kind_);
  base::Bytes blocks((key.size() + block - 1) / block * block);
  std::ranges::copy(key.reveal(), blocks.begin());
  const base::Secret whole(std::move(blocks));
  return encrypt_blocks(whole.reveal());
}

base::Bytes DataKey::encrypt(base::ByteView data) const {
  const base::Secret padded(openssl::pad_80(data, block_of(kind_)));
  return encrypt_blocks(padded.reveal());
}

// Per key, AES: 88 ‖ length of the block ‖ length of the key ‖ encrypted key ‖ 03 ‖ check value. 3DES: 80 ‖ 10 ‖
// encrypted key ‖ 03 ‖ check value.
base::Bytes DataKey::put_key_data(std::uint8_t new_version, const KeySet& new_keys) const {
  base::Bytes out{new_version};
  for (const base::Secret* const key : {&new_keys.enc, &new_keys.mac, &new_keys.dek}) {
    const base::Bytes encrypted = encrypt_key(*key);
    if (kind_ == KeyKind::Aes) {
      base::append(out, base::Bytes{kAesKey, static_cast<std::uint8_t>(encrypted.size() + 1),
                                    static_cast<std::uint8_t>(key->size())});
    } else {
      base::append(out, base::Bytes{kTripleDesKey, static_cast<std::uint8_t>(encrypted.size())});
    }
    base::append(out, encrypted);
    out.push_back(kCheckValue);
    base::append(out, key_check_value(kind_, *key));
  }
  return out;
}

base::Bytes put_key_answer(KeyKind kind, std::uint8_t new_version, const KeySet& new_keys) {
  return base::concat({base::Bytes{new_version}, key_check_value(kind, new_keys.enc),
                       key_check_value(kind, new_keys.mac), key_check_value(kind, new_keys.dek)});
}

}  // namespace globalplatform
