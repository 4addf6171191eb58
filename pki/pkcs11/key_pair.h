#pragma once
// A pair of keys in a token, which signs. It knows what the token shows of it and no cryptography: what a signature is
// worth says whoever verifies it.

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "pki/pkcs11/token.h"

namespace pkcs11 {

enum class KeyType { EllipticCurve, Rsa, Other };

// What the public half shows; Other shows nothing.
struct PublicValues {
  KeyType type = KeyType::Other;
  base::Bytes parameters;  // CKA_EC_PARAMS, DER; RSA: the public exponent
  base::Bytes value;       // the point without the OCTET STRING that CKA_EC_POINT puts around it; RSA: the modulus

  bool operator==(const PublicValues&) const = default;
  std::size_t signature_size() const;  // octets: r ‖ s, or the modulus
};

// Throws what reading attributes throws.
PublicValues read_public_values(const Functions& functions, Session session, CK_OBJECT_HANDLE object);

class KeyPair {
 public:
  // Error{FixConfiguration} when no pair, or two, have this label.
  KeyPair(std::shared_ptr<Token> token, std::string label);

  const Token& token() const { return *token_; }
  const PublicValues& public_values() const { return public_; }

  // ECDSA: r ‖ s over the digest, cut to the length of the order; RSA: PSS with the hash
  // of the digest's length (SHA-256, -384, -512), MGF1 over it and a salt as long. Not verified. Asked for once more
  // after a lost connection: a signature that did not come back binds nothing. Error{AskOperator} with what the token
  // answered, Error{TreatAsAttack} when another key stands under the label than before.
  base::Bytes sign(base::ByteView digest);

 private:
  CK_RV try_to_sign(base::ByteView digest, base::Bytes& signature, unsigned& connection);
  CK_OBJECT_HANDLE handle(const Token::Lease& lease);

  std::shared_ptr<Token> token_;
  std::string label_;
  PublicValues public_;
  std::mutex mutex_;
  CK_OBJECT_HANDLE handle_ = 0;
  unsigned handle_of_ = 0;  // the connection that the handle is good for
};

}  // namespace pkcs11
