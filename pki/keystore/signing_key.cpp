#include "pki/keystore/signing_key.h"

#include <array>

#include "pki/base/core/error.h"
#include "pki/crypto/openssl/public_key.h"
#include "pki/keystore/pkcs11_key.h"
#include "pki/keystore/witness.h"
#include "pki/pkcs11/address.h"

namespace keystore {

namespace {

struct Row {
  KeyKind kind;
  std::string_view name;
  std::size_t octets;  // of the order, or of the modulus
};

constexpr std::array kKinds{Row{KeyKind::P256, "P-256", 32},
                            Row{KeyKind::P384, "P-384", 48},
                            Row{KeyKind::P521, "P-521", 66},
                            Row{KeyKind::BrainpoolP256r1, "brainpoolP256r1", 32},
                            Row{KeyKind::BrainpoolP384r1, "brainpoolP384r1", 48},
                            Row{KeyKind::BrainpoolP512r1, "brainpoolP512r1", 64},
                            Row{KeyKind::Rsa3072, "RSA-3072", 384},
                            Row{KeyKind::Rsa4096, "RSA-4096", 512}};

const Row& row_of(KeyKind kind) {
  for (const Row& row : kKinds) {
    if (row.kind == kind) return row;
  }
  base::ensure(false, "a kind of key has its row");
  return kKinds.front();
}

}  // namespace

bool is_rsa(KeyKind kind) {
  return kind == KeyKind::Rsa3072 || kind == KeyKind::Rsa4096;
}

std::string_view kind_name(KeyKind kind) {
  return row_of(kind).name;
}

std::optional<KeyKind> kind_from_name(std::string_view name) {
  for (const Row& row : kKinds) {
    if (row.name == name) return row.kind;
  }
  return std::nullopt;
}

std::size_t order_size(Curve curve) {
  base::ensure(!is_rsa(curve), "only curves have an order");
  return row_of(curve).octets;
}

std::size_t signature_size(KeyKind kind) {
  return is_rsa(kind) ? row_of(kind).octets : 2 * order_size(kind);
}

Witness::Witness(base::ByteView public_key_info) : key_(crypto::openssl::parse_public_key(public_key_info)) {}

bool Witness::confirms(base::ByteView digest, base::ByteView signature) const {
  return key_ && (crypto::openssl::verify_ecdsa_plain(key_.get(), digest, signature) ||
                  crypto::openssl::verify_rsa_pss(key_.get(), digest, signature));
}

SigningKey::SigningKey() = default;
SigningKey::~SigningKey() = default;

base::Bytes SigningKey::sign_digest(base::ByteView digest) const {
  std::call_once(witness_made_, [this] { witness_ = std::make_unique<const Witness>(public_key_named()); });
  base::Bytes signature = sign_unverified(digest);
  if (witness_->confirms(digest, signature)) return signature;
  throw base::Error(base::Fault::TreatAsAttack, "signing",
                    "OpenSSL does not confirm the signature that was just made; nothing was given out. Stop using "
                    "this key and this machine until the cause is known");
}

bool is_token_address(std::string_view address) {
  return pkcs11::is_address(address);
}

std::unique_ptr<SigningKey> open(const std::string& address, const base::Secret& secret) {
  return is_token_address(address) ? open_token_key(address, secret) : load_file(address, secret);
}

std::unique_ptr<SigningKey> generate_at(const std::string& address, KeyKind kind, const base::Secret& secret,
                                        base::Random& random) {
  if (is_token_address(address)) return generate_token_key(address, kind, secret);
  generate_into_file(kind, address, secret, random);
  return load_file(address, secret);
}

}  // namespace keystore
