#include "smartcard/globalplatform/keys.h"

#include <algorithm>
#include <array>

#include "pki/crypto/openssl/symmetric.h"

namespace globalplatform {

namespace {

namespace openssl = crypto::openssl;

constexpr std::size_t kBlock = 16;
constexpr std::array<std::uint8_t, kBlock> kZeroIv{};
constexpr std::uint8_t kAesKey = 0x88;  // key type coding, GPCS table 11-16
constexpr std::size_t kCheckValue = 3;

}  // namespace

base::Bytes key_check_value(const base::Secret& key) {
  base::Bytes out = openssl::aes_encrypt_block(key.reveal(), base::Bytes(kBlock, 0x01));
  out.resize(kCheckValue);
  return out;
}

base::Bytes encrypt_key_with_dek(const base::Secret& dek, const base::Secret& key) {
  base::Bytes blocks((key.size() + kBlock - 1) / kBlock * kBlock);
  std::ranges::copy(key.reveal(), blocks.begin());
  const base::Secret whole(std::move(blocks));
  return openssl::aes_cbc_encrypt(dek.reveal(), kZeroIv, whole.reveal());
}

base::Bytes encrypt_with_dek(const base::Secret& dek, base::ByteView data) {
  const base::Secret padded(openssl::pad_80(data, kBlock));
  return openssl::aes_cbc_encrypt(dek.reveal(), kZeroIv, padded.reveal());
}

// Per key: 88 ‖ length of the block ‖ length of the key ‖ encrypted key ‖ 03 ‖ check value.
base::Bytes put_key_data(std::uint8_t new_version, const KeySet& new_keys, const base::Secret& current_dek) {
  base::Bytes out{new_version};
  for (const base::Secret* const key : {&new_keys.enc, &new_keys.mac, &new_keys.dek}) {
    const base::Bytes encrypted = encrypt_key_with_dek(current_dek, *key);
    out.push_back(kAesKey);
    out.push_back(static_cast<std::uint8_t>(encrypted.size() + 1));
    out.push_back(static_cast<std::uint8_t>(key->size()));
    base::append(out, encrypted);
    out.push_back(kCheckValue);
    base::append(out, key_check_value(*key));
  }
  return out;
}

base::Bytes put_key_answer(std::uint8_t new_version, const KeySet& new_keys) {
  return base::concat({base::Bytes{new_version}, key_check_value(new_keys.enc), key_check_value(new_keys.mac),
                       key_check_value(new_keys.dek)});
}

}  // namespace globalplatform
