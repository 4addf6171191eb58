#include "issuance/signing/card_keys.h"

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace signing {

namespace {

constexpr std::size_t kLongestKeyBytes = 32;

base::Secret derive(const base::Secret& master, std::uint8_t key_type, base::ByteView kdd) {
  base::Bytes key;
  key.reserve(kLongestKeyBytes);  // it never moves, so no copy of it stays behind
  for (std::uint8_t block = 1; key.size() < master.size(); ++block) {
    const base::Bytes label{block, 0x00, 0x00, 0x00, key_type, 0x00};
    const base::Secret output(crypto::openssl::aes_cmac(master.reveal(), base::concat({label, kdd})));
    base::append(key, output.reveal());
  }
  key.resize(master.size());
  return base::Secret(std::move(key));
}

}  // namespace

CardKeys derive_card_keys(const base::Secret& master, base::ByteView kdd) {
  base::ensure(kdd.size() == kKddBytes, "key diversification data have ten bytes");
  base::ensure(master.size() == 16 || master.size() == 24 || master.size() == kLongestKeyBytes,
               "the master key is an AES key");
  CardKeys keys;
  keys.enc = derive(master, 0x01, kdd);
  keys.mac = derive(master, 0x02, kdd);
  keys.dek = derive(master, 0x03, kdd);
  return keys;
}

}  // namespace signing
