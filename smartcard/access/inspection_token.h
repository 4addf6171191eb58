#pragma once
// The inspection system's key in a token (PKCS #11), which a stolen reader does not give away. The token signs and
// OpenSSL looks at each signature before a chip sees it.

#include <functional>
#include <string>

#include "pki/base/core/bytes.h"
#include "pki/base/core/secret.h"

namespace chip_access {

struct KeyInToken {
  bool is_rsa = false;
  base::Bytes public_value;  // as crypto::openssl::public_value: 04 ‖ x ‖ y, or the modulus without leading zeros
  // Over a digest that is there. ECDSA: r ‖ s; RSA: PSS, SHA-256 or SHA-512 by the digest's length.
  // Error{AskOperator} when the token does not answer in time, Error{TreatAsAttack} when OpenSSL does not confirm what
  // it answers.
  std::function<base::Bytes(base::ByteView digest)> sign;
};

// address: pkcs11:token=LABEL;object=LABEL?module-path=FILE (RFC 7512). Error{UsedWrongly} when it is none;
// Error{FixConfiguration} when there is no such key, it is of a kind that OpenSSL does not know, or the PIN is wrong;
// Error{AskOperator} when the token is not there or has so few PIN tries left that none may be spent blindly.
KeyInToken open_inspection_token(const std::string& address, const base::Secret& pin);

}  // namespace chip_access
