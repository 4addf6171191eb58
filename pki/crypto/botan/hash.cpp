#include "pki/crypto/botan/hash.h"

#include <botan/hash.h>

#include <string>

namespace crypto::botan {

namespace {

base::Bytes digest(const std::string& name, base::ByteView data) {
  const auto hash = Botan::HashFunction::create_or_throw(name);
  hash->update(data.data(), data.size());
  base::Bytes out(hash->output_length());
  hash->final(out.data());
  return out;
}

}  // namespace

base::Bytes sha1(base::ByteView data) {
  return digest("SHA-160", data);
}

base::Bytes sha256(base::ByteView data) {
  return digest("SHA-256", data);
}

base::Bytes sha384(base::ByteView data) {
  return digest("SHA-384", data);
}

base::Bytes sha512(base::ByteView data) {
  return digest("SHA-512", data);
}

}  // namespace crypto::botan
