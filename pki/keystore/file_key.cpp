#include <botan/data_src.h>
#include <botan/ecdsa.h>
#include <botan/pem.h>
#include <botan/pkcs8.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <fmt/format.h>

#include <array>
#include <mutex>
#include <vector>

#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/crypto/botan/rng.h"
#include "pki/keystore/ec_groups.h"
#include "pki/keystore/pkcs8_rounds.h"
#include "pki/keystore/signing_key.h"
#include "pki/keystore/use_counter.h"

namespace keystore {

namespace {

constexpr std::size_t kLargestKeyFile = 64U << 10;  // octets

// Botan wants a password as std::string: this one is wiped.
class Passphrase {
 public:
  explicit Passphrase(const base::Secret& secret) : text_(base::text_of(secret.reveal())) {}
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;
  ~Passphrase() { base::wipe({reinterpret_cast<std::uint8_t*>(text_.data()), text_.size()}); }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

base::Bytes encode_public_key(Botan::ECDSA_PrivateKey& key, Botan::EC_Group_Encoding encoding) {
  key.set_parameter_encoding(encoding);
  return key.subject_public_key();
}

// Which padding (none: the digest is there) and, with it, which hash RFC 6979 uses for the nonce.
std::string_view raw_with_hash_of(std::size_t digest_size) {
  switch (digest_size) {
    case 32:
      return "Raw(SHA-256)";
    case 48:
      return "Raw(SHA-384)";
    case 64:
      return "Raw(SHA-512)";
    default:
      base::ensure(false, "a digest to sign is SHA-256, SHA-384 or SHA-512");
      return {};
  }
}

// The digest as RFC 6979 §2.3.4 (bits2octets) feeds it to the nonce: reduced modulo the order. Botan 2.19 leaves that
// out, which shows on the Brainpool curves, whose order lies well below the power of two. ECDSA itself sees no change.
base::Bytes reduced_digest(base::ByteView digest, const Botan::BigInt& order) {
  const std::size_t digest_bits = 8 * digest.size();
  Botan::BigInt number(digest.data(), digest.size(), order.bits());
  if (number >= order) number -= order;
  if (digest_bits > order.bits()) number <<= digest_bits - order.bits();
  const auto octets = Botan::BigInt::encode_1363(number, digest.size());
  return {octets.begin(), octets.end()};
}

// RSASSA-PSS over a digest that is there (RFC 8017 §8.1), the salt as long as the digest.
std::string_view pss_of(std::size_t digest_size) {
  switch (digest_size) {
    case 32:
      return "PSSR_Raw(SHA-256,MGF1,32)";
    case 48:
      return "PSSR_Raw(SHA-384,MGF1,48)";
    case 64:
      return "PSSR_Raw(SHA-512,MGF1,64)";
    default:
      base::ensure(false, "a digest to sign is SHA-256, SHA-384 or SHA-512");
      return {};
  }
}

// A signer costs a modular inverse to make and serves one thread at a time: idle ones are kept.
class Signers {
 public:
  explicit Signers(const Botan::Private_Key& key) : key_(key) {}

  base::Bytes sign(std::string_view padding, base::ByteView message) {
    auto signer = borrow(padding);
    signer->update(message.data(), message.size());
    const auto signature = signer->signature(rng_);
    give_back(padding, std::move(signer));
    return signature;
  }

 private:
  using Signer = std::unique_ptr<Botan::PK_Signer>;
  struct Idle {
    std::string_view padding;
    Signer signer;
  };

  Signer borrow(std::string_view padding) {
    {
      const std::lock_guard lock(mutex_);
      for (auto at = idle_.begin(); at != idle_.end(); ++at) {
        if (at->padding != padding) continue;
        Signer found = std::move(at->signer);
        idle_.erase(at);
        return found;
      }
    }
    return std::make_unique<Botan::PK_Signer>(key_, rng_, std::string(padding), Botan::IEEE_1363);
  }

  void give_back(std::string_view padding, Signer signer) {
    const std::lock_guard lock(mutex_);
    idle_.push_back({padding, std::move(signer)});
  }

  const Botan::Private_Key& key_;
  base::SystemRandom random_;
  crypto::botan::Rng rng_{random_};  // for blinding and the salt of PSS; an RSA signer keeps hold of it
  std::mutex mutex_;
  std::vector<Idle> idle_;
};

class EcFileKey final : public SigningKey {
 public:
  // The explicit-parameters flag does not survive PKCS#8, so both forms are made here, once.
  EcFileKey(Curve curve, std::unique_ptr<Botan::ECDSA_PrivateKey> key)
      : curve_(curve), key_(std::move(key)), signers_(*key_) {
    public_explicit_ = encode_public_key(*key_, Botan::EC_DOMPAR_ENC_EXPLICIT);
    public_named_ = encode_public_key(*key_, Botan::EC_DOMPAR_ENC_OID);
  }

  KeyKind kind() const override { return curve_; }
  base::Bytes public_key_named() const override { return public_named_; }
  base::Bytes public_key_explicit() const override { return public_explicit_; }

  base::Bytes sign_unverified(base::ByteView digest) const override {
    base::Bytes signature =
        signers_.sign(raw_with_hash_of(digest.size()), reduced_digest(digest, key_->domain().get_order()));
    base::ensure(signature.size() == 2 * order_size(curve_), "an ECDSA signature is r and s at the order's length");
    return signature;
  }

 private:
  Curve curve_;
  std::unique_ptr<Botan::ECDSA_PrivateKey> key_;
  base::Bytes public_named_, public_explicit_;
  mutable Signers signers_;
};

class RsaFileKey final : public SigningKey {
 public:
  RsaFileKey(KeyKind kind, std::unique_ptr<Botan::RSA_PrivateKey> key)
      : kind_(kind), key_(std::move(key)), public_key_(key_->subject_public_key()), signers_(*key_) {}

  KeyKind kind() const override { return kind_; }
  base::Bytes public_key_named() const override { return public_key_; }
  base::Bytes public_key_explicit() const override { return public_key_; }
  base::Bytes sign_unverified(base::ByteView digest) const override {
    return signers_.sign(pss_of(digest.size()), digest);
  }

 private:
  KeyKind kind_;
  std::unique_ptr<Botan::RSA_PrivateKey> key_;
  base::Bytes public_key_;
  mutable Signers signers_;
};

std::unique_ptr<Botan::Private_Key> new_private_key(KeyKind kind, Botan::RandomNumberGenerator& rng) {
  if (is_rsa(kind)) return std::make_unique<Botan::RSA_PrivateKey>(rng, 8 * signature_size(kind));
  return std::make_unique<Botan::ECDSA_PrivateKey>(rng, group_of(kind));
}

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view seen) {
  throw base::Error(base::Fault::FixConfiguration, "opening the key file", fmt::format("{}: {}", file.string(), seen));
}

// EncryptedPrivateKeyInfo (RFC 5958 §3), out of its PEM armor if it wears one.
Botan::secure_vector<std::uint8_t> encrypted_key_info(const base::Bytes& content, const std::filesystem::path& file) {
  Botan::DataSource_Memory source(content.data(), content.size());
  if (!Botan::PEM_Code::matches(source)) return {content.begin(), content.end()};
  std::string label;
  auto der = Botan::PEM_Code::decode(source, label);
  if (label != "ENCRYPTED PRIVATE KEY") refuse(file, fmt::format("holds '{}' and not an encrypted private key", label));
  return der;
}

std::unique_ptr<SigningKey> accept(std::unique_ptr<Botan::Private_Key> any, const std::filesystem::path& file) {
  if (const auto* const rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(any.get())) {
    const std::size_t bits = rsa->key_length();
    if (bits != 3072 && bits != 4096)
      refuse(file, fmt::format("holds an RSA key of {} bits; 3072 and 4096 are used", bits));
    return std::make_unique<RsaFileKey>(bits == 3072 ? KeyKind::Rsa3072 : KeyKind::Rsa4096,
                                        std::make_unique<Botan::RSA_PrivateKey>(*rsa));
  }
  const auto* const ec = dynamic_cast<const Botan::EC_PrivateKey*>(any.get());
  if (ec == nullptr) refuse(file, fmt::format("holds a key for {} and neither for ECDSA nor RSA", any->algo_name()));
  const auto curve = curve_of(ec->domain());
  if (!curve)
    refuse(file,
           "holds a key on a curve that is not used here (P-256, -384, -521, brainpoolP256r1, P384r1, P512r1 are)");
  base::SystemRandom random;
  crypto::botan::Rng rng(random);
  // Made anew on the named group: one read with explicit parameters carries none of Botan's tables for it.
  return std::make_unique<EcFileKey>(
      *curve, std::make_unique<Botan::ECDSA_PrivateKey>(rng, group_of(*curve), ec->private_value()));
}

}  // namespace

std::unique_ptr<SigningKey> generate(KeyKind kind, base::Random& random) {
  crypto::botan::Rng rng(random);
  if (is_rsa(kind)) {
    return std::make_unique<RsaFileKey>(kind, std::make_unique<Botan::RSA_PrivateKey>(rng, 8 * signature_size(kind)));
  }
  return std::make_unique<EcFileKey>(kind, std::make_unique<Botan::ECDSA_PrivateKey>(rng, group_of(kind)));
}

void generate_into_file(KeyKind kind, const std::filesystem::path& file, const base::Secret& password,
                        base::Random& random) {
  detail::generate_into_file(kind, file, password, random, detail::kPbkdf2Rounds);
}

void detail::generate_into_file(KeyKind kind, const std::filesystem::path& file, const base::Secret& password,
                                base::Random& random, std::size_t rounds) {
  if (find_file_uses(file)) {
    throw base::Error(base::Fault::FixConfiguration, "writing the key file",
                      fmt::format("{}: beside it stands the count of an earlier key's uses", file.string()));
  }
  crypto::botan::Rng rng(random);
  const auto key = new_private_key(kind, rng);
  const Passphrase passphrase(password);
  const std::string pem =
      Botan::PKCS8::PEM_encode_encrypted_pbkdf_iter(*key, rng, passphrase.text(), rounds, "AES-256/CBC", "SHA-256");
  base::write_new_file(file, base::view_of(pem), "writing the key file", base::Access::OwnerOnly);
}

std::unique_ptr<SigningKey> load_file(const std::filesystem::path& file, const base::Secret& password) {
  const base::Bytes content = base::read_file(file, "opening the key file", kLargestKeyFile);
  try {
    Botan::DataSource_Memory source(encrypted_key_info(content, file));
    const Passphrase passphrase(password);
    return counted(accept(Botan::PKCS8::load_key(source, passphrase.text()), file), find_file_uses(file));
  } catch (const Botan::Exception&) {
    // Botan's own text says where the padding broke, which helps nobody at a keyboard.
    refuse(file, "the password is wrong, or this is no encrypted PKCS#8 key");
  }
}

}  // namespace keystore
