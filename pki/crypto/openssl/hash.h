#pragma once
// Hashes by OpenSSL.

#include <istream>
#include <optional>

#include "pki/asn1/oid.h"
#include "pki/base/core/bytes.h"

namespace crypto::openssl {

enum class Hash { Sha1, Sha224, Sha256, Sha384, Sha512 };

std::size_t hash_size(Hash hash);
std::optional<Hash> hash_of(const asn1::Oid& oid);  // nullopt for an algorithm outside the list
base::Bytes digest(Hash hash, base::ByteView data);
inline base::Bytes sha256(base::ByteView data) {
  return digest(Hash::Sha256, data);
}
// Of a stream up to its end, read piece by piece; a stream that fails before its end is Error{AskOperator}.
base::Bytes sha256(std::istream& data);

}  // namespace crypto::openssl
