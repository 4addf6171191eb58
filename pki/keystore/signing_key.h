#pragma once
// A key that signs and never shows itself. Behind it stands an encrypted PKCS#8 file (development) or a token.
//
//   auto key = keystore::open("pkcs11:token=CSCA;object=csca-2026", pin);   // or "csca/csca.key" and its password

#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"

namespace keystore {

// What 9303-12 §4.1.6 lets sign, as far as it is used here: ECDSA on these curves and RSASSA-PSS.
enum class KeyKind { P256, P384, P521, BrainpoolP256r1, BrainpoolP384r1, BrainpoolP512r1, Rsa3072, Rsa4096 };
using Curve = KeyKind;  // where an elliptic one is meant

bool is_rsa(KeyKind kind);
// "P-256", "P-384", "P-521", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "RSA-3072", "RSA-4096".
std::string_view kind_name(KeyKind kind);
std::optional<KeyKind> kind_from_name(std::string_view name);
// Which of them somebody's public key is (SubjectPublicKeyInfo, DER; a curve by its name or by its values): nullopt for
// every other length, curve or algorithm, for a point that is not on its curve, and for an RSA exponent below 65537
// (FIPS 186-5 §5.1).
std::optional<KeyKind> kind_of_public_key(base::ByteView public_key_info);

std::size_t order_size(Curve curve);       // octets of the order: half a signature
std::size_t signature_size(KeyKind kind);  // octets: r ‖ s, or the modulus

class Witness;

class SigningKey {
 public:
  SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  virtual ~SigningKey();
  virtual KeyKind kind() const = 0;
  Curve curve() const { return kind(); }
  // Signs a digest that is already computed (SHA-256, -384 or -512 by its length). ECDSA: r ‖ s, each as long as the
  // curve's order; RSASSA-PSS with MGF1 over the same hash and a salt as long as the digest. OpenSSL has verified the
  // signature before it is returned; when it does not confirm it: Error{TreatAsAttack}, and nothing leaves. May be
  // called from several threads. A key that has a limit (use_limit.h) counts each use first, in both functions.
  base::Bytes sign_digest(base::ByteView digest) const;
  // The same without that look, for a caller who has the finished object judged by the other library before giving it
  // out (sod::issue::sign and its second witness). Nonces of key files by RFC 6979, of tokens as the token makes them.
  virtual base::Bytes sign_unverified(base::ByteView digest) const = 0;
  // SubjectPublicKeyInfo, DER. Named curve for statements (P-256); explicit parameters where 9303-12 demands them. RSA
  // keys have one form.
  virtual base::Bytes public_key_named() const = 0;
  virtual base::Bytes public_key_explicit() const = 0;

 private:
  mutable std::once_flag witness_made_;
  mutable std::unique_ptr<const Witness> witness_;
};

std::unique_ptr<SigningKey> generate(KeyKind kind, base::Random& random);

// Encrypted PKCS#8: PBES2, AES-256-CBC, PBKDF2-HMAC-SHA-256 with 600,000 rounds (readable by Botan and OpenSSL).
// PEM, mode 0600 (docs/formats/keys.md). save refuses to overwrite. load takes PEM and DER and throws
// Error{FixConfiguration} on a wrong password, a file that is not encrypted or a key of another kind.
void generate_into_file(KeyKind kind, const std::filesystem::path& file, const base::Secret& password,
                        base::Random& random);
std::unique_ptr<SigningKey> load_file(const std::filesystem::path& file, const base::Secret& password);

// Either store by its address: a file's path, or a key in a token, `pkcs11:token=LABEL;object=LABEL` with
// `?module-path=FILE` for a module that p11-kit does not know (RFC 7512). secret: the file's password or the user PIN.
// Error{FixConfiguration} when there is no such key or the secret is wrong; Error{AskOperator} when the token does not
// answer in time, or has so few PIN tries left that none may be spent blindly.
std::unique_ptr<SigningKey> open(const std::string& address, const base::Secret& secret);
// Makes a key there and opens it. Refuses to overwrite: Error{FixConfiguration}.
std::unique_ptr<SigningKey> generate_at(const std::string& address, KeyKind kind, const base::Secret& secret,
                                        base::Random& random);
bool is_token_address(std::string_view address);  // begins with "pkcs11:"

}  // namespace keystore
