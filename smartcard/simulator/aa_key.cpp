#include <botan/ber_dec.h>
#include <botan/data_src.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rng.h>
#include <botan/rsa.h>

#include "pki/base/core/error.h"
#include "smartcard/simulator/chip_random.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

constexpr std::size_t kModulusBits = 2048;
constexpr std::size_t kPublicExponent = 65537;

base::Bytes to_bytes(const Botan::BigInt& number) {
  base::Bytes bytes(number.bytes());
  number.binary_encode(bytes.data());
  return bytes;
}

}  // namespace

struct AaKey::Impl {
  Botan::RSA_PrivateKey key;
};

AaKey::AaKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AaKey::AaKey(AaKey&&) noexcept = default;
AaKey& AaKey::operator=(AaKey&&) noexcept = default;
AaKey::~AaKey() = default;

AaKey AaKey::generate(base::Random& random) {
  ChipRandom rng(random);
  return AaKey(std::make_unique<Impl>(Impl{Botan::RSA_PrivateKey(rng, kModulusBits, kPublicExponent)}));
}

std::optional<AaKey> AaKey::load(base::ByteView pkcs8) {
  try {
    Botan::DataSource_Memory source(pkcs8.data(), pkcs8.size());
    const auto key = Botan::PKCS8::load_key(source);
    const auto* const rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(key.get());
    if (rsa == nullptr) return std::nullopt;
    return AaKey(std::make_unique<Impl>(Impl{*rsa}));
  } catch (const Botan::Exception&) {
    return std::nullopt;
  }
}

base::Secret AaKey::pkcs8() const {
  const auto encoded = Botan::PKCS8::BER_encode(impl_->key);
  return base::Secret::copy_of(encoded);
}

base::Bytes AaKey::modulus() const {
  return to_bytes(impl_->key.get_n());
}

base::Bytes AaKey::exponent() const {
  return to_bytes(impl_->key.get_e());
}

base::Bytes AaKey::answer(base::ByteView challenge, base::Random& random) const {
  const std::size_t capacity = modulus().size() - 1 - 32 - 2;  // 6A, the hash, the trailer
  return sign(random.bytes(capacity), challenge, random);
}

// Botan has scheme 2 and 3 only, so the message representative is built here and signed as it stands.
base::Bytes AaKey::sign(base::ByteView m1, base::ByteView m2, base::Random& random) const {
  const base::Bytes digest = sha256(base::concat({m1, m2}));
  const base::Bytes representative = base::concat({base::Bytes{0x6A}, m1, digest, base::Bytes{0x34, 0xCC}});
  base::ensure(representative.size() == modulus().size(), "F is as long as the modulus");
  ChipRandom rng(random);
  Botan::PK_Signer signer(impl_->key, rng, "Raw");
  return signer.sign_message(representative.data(), representative.size(), rng);
}

}  // namespace simulator
