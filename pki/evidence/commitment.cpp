#include "pki/base/core/secret.h"
#include "pki/crypto/openssl/hash.h"
#include "pki/evidence/log.h"

namespace evidence {

namespace {

constexpr std::size_t kSaltSize = 16;  // 128 bits: a name or number cannot be guessed from its commitment

base::Bytes committed(base::ByteView salt, std::string_view value) {
  return crypto::openssl::sha256(base::concat({salt, base::view_of(value)}));
}

}  // namespace

Commitment commit(std::string_view value, base::Random& random) {
  const base::Bytes salt = random.bytes(kSaltSize);
  return {base::to_base64url(salt), base::to_base64url(committed(salt, value))};
}

bool opens(const Commitment& commitment, std::string_view value) {
  const auto salt = base::parse_base64url(commitment.salt);
  const auto expected = base::parse_base64url(commitment.value);
  return salt && salt->size() == kSaltSize && expected &&
         base::equal_in_constant_time(committed(*salt, value), *expected);
}

}  // namespace evidence
