#pragma once
// A key that signs and never shows itself. Behind it stands an encrypted PKCS#8 file (development) or, later, a token.

#include <cstddef>
#include <filesystem>
#include <memory>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace keystore {

enum class Curve { P256, BrainpoolP256r1, BrainpoolP384r1, BrainpoolP512r1 };

std::size_t order_size(Curve curve);  // octets of the order: half a signature

class SigningKey {
 public:
  virtual ~SigningKey() = default;
  virtual Curve curve() const = 0;
  // ECDSA over a digest that is already computed (SHA-256, -384 or -512 by its length); the answer is r ‖ s, each as
  // long as the curve's order. Nonces by RFC 6979. May be called from several threads.
  virtual base::Bytes sign_digest(base::ByteView digest) const = 0;
  // SubjectPublicKeyInfo, DER. Named curve for statements (P-256); explicit parameters where 9303-12 demands them.
  virtual base::Bytes public_key_named() const = 0;
  virtual base::Bytes public_key_explicit() const = 0;
};

std::unique_ptr<SigningKey> generate(Curve curve, base::Random& random);

// Encrypted PKCS#8: PBES2, AES-256-CBC, PBKDF2-HMAC-SHA-256 with 600,000 rounds (readable by Botan and OpenSSL).
// PEM, mode 0600 (docs/formats/keys.md). save refuses to overwrite. load takes PEM and DER and throws
// Error{FixConfiguration} on a wrong password, a file that is not encrypted or a key on another curve.
void generate_into_file(Curve curve, const std::filesystem::path& file, const base::Secret& password,
                        base::Random& random);
std::unique_ptr<SigningKey> load_file(const std::filesystem::path& file, const base::Secret& password);

}  // namespace keystore
