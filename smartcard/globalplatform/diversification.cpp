#include "smartcard/globalplatform/diversification.h"

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/symmetric.h"

namespace globalplatform {

namespace {

base::Secret derive(const base::Secret& master, base::ByteView kdd, std::uint8_t purpose) {
  base::Bytes key;
  for (std::uint8_t i = 1; key.size() < master.size(); ++i) {
    const base::Bytes label{i, 0, 0, 0, purpose, 0};
    base::append(key, crypto::openssl::aes_cmac(master.reveal(), base::concat({label, kdd})));
  }
  base::wipe(std::span(key).subspan(master.size()));
  key.resize(master.size());
  return base::Secret(std::move(key));
}

}  // namespace

KeySet derive_card_keys(const base::Secret& master, base::ByteView kdd) {
  base::ensure(kdd.size() == kKddSize, "key diversification data has 10 bytes");
  return {derive(master, kdd, 1), derive(master, kdd, 2), derive(master, kdd, 3)};
}

}  // namespace globalplatform
