#include <botan/data_src.h>
#include <botan/ecdsa.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#include "pki/crypto/botan/rng.h"
#include "pki/keystore/ec_groups.h"
#include "pki/keystore/signing_key.h"

namespace keystore {

namespace {

constexpr Botan::word kLeastExponent = 65537;

std::optional<KeyKind> kind_of(const Botan::RSA_PublicKey& key) {
  if (key.get_e() < kLeastExponent) return std::nullopt;
  for (const KeyKind kind : {KeyKind::Rsa3072, KeyKind::Rsa4096}) {
    if (key.get_n().bits() == 8 * signature_size(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::optional<KeyKind> kind_of_public_key(base::ByteView public_key_info) {
  try {
    Botan::DataSource_Memory source(public_key_info.data(), public_key_info.size());
    const std::unique_ptr<Botan::Public_Key> key(Botan::X509::load_key(source));
    base::SystemRandom random;
    crypto::botan::Rng rng(random);
    if (!key->check_key(rng, false)) return std::nullopt;
    if (const auto* const rsa = dynamic_cast<const Botan::RSA_PublicKey*>(key.get())) return kind_of(*rsa);
    if (const auto* const ec = dynamic_cast<const Botan::ECDSA_PublicKey*>(key.get())) return curve_of(ec->domain());
  } catch (const Botan::Exception&) {
    // What Botan cannot read is no key of ours.
  }
  return std::nullopt;
}

}  // namespace keystore
