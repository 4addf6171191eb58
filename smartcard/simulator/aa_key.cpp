#include <botan/ber_dec.h>
#include <botan/data_src.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rng.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#include "pki/base/core/error.h"
#include "smartcard/simulator/chip_random.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

constexpr std::size_t kModulusBits = 2048;
constexpr std::size_t kPublicExponent = 65537;
constexpr const char* kP256 = "secp256r1";
constexpr const char* kBrainpoolP256r1 = "brainpool256r1";
constexpr std::size_t kCoordinate = 32;  // bytes, of both curves

base::Bytes to_bytes(const Botan::BigInt& number) {
  base::Bytes bytes(number.bytes());
  number.binary_encode(bytes.data());
  return bytes;
}

}  // namespace

struct AaKey::Impl {
  std::unique_ptr<Botan::Private_Key> key;
  const Botan::RSA_PrivateKey& rsa() const {
    const auto* const rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(key.get());
    base::ensure(rsa != nullptr, "the numbers of RSA are asked of a key of RSA");
    return *rsa;
  }
  const Botan::ECDSA_PrivateKey* ecdsa() const { return dynamic_cast<const Botan::ECDSA_PrivateKey*>(key.get()); }
};

AaKey::AaKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AaKey::AaKey(AaKey&&) noexcept = default;
AaKey& AaKey::operator=(AaKey&&) noexcept = default;
AaKey::~AaKey() = default;

AaKey AaKey::generate(base::Random& random, Kind kind) {
  ChipRandom rng(random);
  auto impl = std::make_unique<Impl>();
  if (kind == Kind::Rsa2048) {
    impl->key = std::make_unique<Botan::RSA_PrivateKey>(rng, kModulusBits, kPublicExponent);
  } else {
    const Botan::EC_Group group(kind == Kind::P256 ? kP256 : kBrainpoolP256r1);
    impl->key = std::make_unique<Botan::ECDSA_PrivateKey>(rng, group);
  }
  return AaKey(std::move(impl));
}

std::optional<AaKey> AaKey::load(base::ByteView pkcs8) {
  try {
    Botan::DataSource_Memory source(pkcs8.data(), pkcs8.size());
    auto impl = std::make_unique<Impl>();
    impl->key = Botan::PKCS8::load_key(source);
    const auto* const ec = impl->ecdsa();
    const bool known_curve =
        ec != nullptr && (ec->domain() == Botan::EC_Group(kP256) || ec->domain() == Botan::EC_Group(kBrainpoolP256r1));
    if (!known_curve && dynamic_cast<const Botan::RSA_PrivateKey*>(impl->key.get()) == nullptr) return std::nullopt;
    return AaKey(std::move(impl));
  } catch (const Botan::Exception&) {
    return std::nullopt;
  }
}

base::Secret AaKey::pkcs8() const {
  const auto encoded = Botan::PKCS8::BER_encode(*impl_->key);
  return base::Secret::copy_of(encoded);
}

AaKey::Kind AaKey::kind() const {
  const auto* const ec = impl_->ecdsa();
  if (ec == nullptr) return Kind::Rsa2048;
  return ec->domain() == Botan::EC_Group(kP256) ? Kind::P256 : Kind::BrainpoolP256r1;
}

base::Bytes AaKey::modulus() const {
  return to_bytes(impl_->rsa().get_n());
}

base::Bytes AaKey::exponent() const {
  return to_bytes(impl_->rsa().get_e());
}

base::Bytes AaKey::point() const {
  base::ensure(elliptic(), "a point is asked of a key of a curve");
  return impl_->ecdsa()->public_point().encode(Botan::PointGFp::UNCOMPRESSED);
}

base::Bytes AaKey::public_key_info() const {
  base::ensure(elliptic(), "a point is asked of a key of a curve");
  return Botan::X509::BER_encode(*impl_->key);
}

std::size_t AaKey::answer_size() const {
  return elliptic() ? 2 * kCoordinate : modulus().size();
}

base::Bytes AaKey::answer(base::ByteView challenge, base::Random& random) const {
  if (elliptic()) {
    ChipRandom rng(random);
    Botan::PK_Signer signer(*impl_->key, rng, "EMSA1(SHA-256)", Botan::IEEE_1363);
    return signer.sign_message(challenge.data(), challenge.size(), rng);
  }
  const std::size_t capacity = modulus().size() - 1 - 32 - 2;  // 6A, the hash, the trailer
  return sign(random.bytes(capacity), challenge, random);
}

// Botan has scheme 2 and 3 only, so the message representative is built here and signed as it stands.
base::Bytes AaKey::sign(base::ByteView m1, base::ByteView m2, base::Random& random) const {
  const base::Bytes digest = sha256(base::concat({m1, m2}));
  const base::Bytes representative = base::concat({base::Bytes{0x6A}, m1, digest, base::Bytes{0x34, 0xCC}});
  base::ensure(representative.size() == modulus().size(), "F is as long as the modulus");
  ChipRandom rng(random);
  Botan::PK_Signer signer(impl_->rsa(), rng, "Raw");
  return signer.sign_message(representative.data(), representative.size(), rng);
}

}  // namespace simulator
