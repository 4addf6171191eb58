#include <botan/data_src.h>
#include <botan/ecdsa.h>
#include <botan/rsa.h>
#include <botan/x509_key.h>

#include "pki/asn1/tlv.h"
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

// Whoever reads parameters that are written out has to prove their prime, and Botan does so each time; those of our
// curves are known, and the key is read by their name.
base::Bytes by_name(base::ByteView public_key_info) {
  const base::Bytes as_it_is(public_key_info.begin(), public_key_info.end());
  try {
    asn1::TlvReader whole{public_key_info};
    asn1::TlvReader info{whole.need(0x30)};
    whole.end();
    asn1::TlvReader algorithm{info.need(0x30)};
    const base::ByteView oid = algorithm.need_whole(0x06).whole;
    const auto name = name_for(algorithm.need_whole(0x30).whole);
    algorithm.end();
    const base::ByteView key = info.need_whole(0x03).whole;
    info.end();
    if (!name) return as_it_is;
    return asn1::TlvWriter{}
        .sequence(asn1::TlvWriter{}.sequence(asn1::TlvWriter{}.raw(oid).raw(*name)).raw(key))
        .take();
  } catch (const asn1::Malformed&) {
    return as_it_is;  // an RSA key, a named curve, or nothing that Botan reads
  }
}

}  // namespace

std::optional<KeyKind> kind_of_public_key(base::ByteView public_key_info) {
  try {
    const base::Bytes info = by_name(public_key_info);
    Botan::DataSource_Memory source(info.data(), info.size());
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
