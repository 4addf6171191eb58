#include "issuance/signing/card_keys.h"

#include "pki/base/core/error.h"

namespace signing {

namespace {

constexpr std::size_t kLongestKeyBytes = 32;

base::Secret derive(const keystore::MacKey& master, std::uint8_t key_type, base::ByteView kdd, std::size_t size) {
  base::Bytes key;
  key.reserve(kLongestKeyBytes);  // it never moves, so no copy of it stays behind
  for (std::uint8_t block = 1; key.size() < size; ++block) {
    const base::Bytes label{block, 0x00, 0x00, 0x00, key_type, 0x00};
    const base::Secret output = master.mac(base::concat({label, kdd}));
    base::append(key, output.reveal());
  }
  key.resize(size);
  return base::Secret(std::move(key));
}

}  // namespace

CardKeys derive_card_keys(const keystore::MacKey& master, base::ByteView kdd) {
  base::ensure(kdd.size() == kKddBytes, "key diversification data have ten bytes");
  const std::size_t size = master.size();
  base::ensure(!keystore::aes_kind(size).empty(), "the master key is an AES key");
  CardKeys keys;
  keys.enc = derive(master, 0x01, kdd, size);
  keys.mac = derive(master, 0x02, kdd, size);
  keys.dek = derive(master, 0x03, kdd, size);
  return keys;
}

}  // namespace signing
