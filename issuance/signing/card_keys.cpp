#include "issuance/signing/card_keys.h"

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/cmac.h"

namespace signing {

namespace {

base::Secret derive(const base::Secret& master, std::uint8_t key_type, base::ByteView kdd) {
  const base::Bytes block = base::concat({base::Bytes{0x01, 0x00, 0x00, 0x00, key_type, 0x00}, kdd});
  return crypto::openssl::cmac_aes128(master, block);
}

}  // namespace

CardKeys derive_card_keys(const base::Secret& master, base::ByteView kdd) {
  base::ensure(kdd.size() == kKddBytes, "key diversification data have ten bytes");
  CardKeys keys;
  keys.enc = derive(master, 0x01, kdd);
  keys.mac = derive(master, 0x02, kdd);
  keys.dek = derive(master, 0x03, kdd);
  return keys;
}

}  // namespace signing
