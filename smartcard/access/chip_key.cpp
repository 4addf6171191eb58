#include "smartcard/access/chip_key.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "pki/asn1/tlv.h"
#include "pki/crypto/openssl/public_key.h"
#include "smartcard/lds/security_infos.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using openssl::BignumPtr;
using openssl::Hash;

constexpr asn1::Tag kDg15 = 0x6F;
constexpr int kSmallestModulus = 1024;  // bits
constexpr int kLargestModulus = 4096;
constexpr int kLargestExponent = 64;

BignumPtr number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &value) != 1) openssl::drain_errors();
  return BignumPtr(value);
}

// Why an RSA key is refused; empty when it is fit for use.
std::string rsa_fault(EVP_PKEY* key) {
  const BignumPtr n = number(key, OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr e = number(key, OSSL_PKEY_PARAM_RSA_E);
  if (!n || !e) return "the RSA key has no modulus or no exponent";
  const int bits = BN_num_bits(n.get());
  if (bits < kSmallestModulus || bits > kLargestModulus || bits % 8 != 0) {
    return fmt::format("the RSA modulus has {} bits", bits);
  }
  if (BN_is_odd(n.get()) == 0) return "the RSA modulus is even";
  if (BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1) return "the RSA exponent is 1 or even";
  if (BN_num_bits(e.get()) > kLargestExponent) return "the RSA exponent is too long";
  return {};
}

// ISO/IEC 9796-2 §8.1.2 with the hash identifiers of ISO/IEC 10118-3: the trailer is BC (SHA-1, agreed beforehand) or
// an identifier and CC.
struct Trailer {
  Hash hash;
  std::size_t size;
};
std::optional<Trailer> trailer_of(base::ByteView representative) {
  const std::uint8_t last = representative.back();
  if (last == 0xBC) return Trailer{Hash::Sha1, 1};
  if (last != 0xCC) return std::nullopt;
  switch (representative[representative.size() - 2]) {
    case 0x33:
      return Trailer{Hash::Sha1, 2};
    case 0x34:
      return Trailer{Hash::Sha256, 2};
    case 0x35:
      return Trailer{Hash::Sha512, 2};
    case 0x36:
      return Trailer{Hash::Sha384, 2};
    case 0x38:
      return Trailer{Hash::Sha224, 2};
    default:
      return std::nullopt;
  }
}

// TR-03111 §5.2.1.1: ecdsa-plain-signatures with SHA-224, SHA-256, SHA-384, SHA-512.
std::optional<Hash> plain_ecdsa_hash(const asn1::Oid& algorithm) {
  static const std::pair<asn1::Oid, Hash> kKnown[] = {{lds::kEcdsaPlainSha224, Hash::Sha224},
                                                      {lds::kEcdsaPlainSha256, Hash::Sha256},
                                                      {lds::kEcdsaPlainSha384, Hash::Sha384},
                                                      {lds::kEcdsaPlainSha512, Hash::Sha512}};
  for (const auto& [oid, hash] : kKnown) {
    if (oid == algorithm) return hash;
  }
  return std::nullopt;
}

}  // namespace

std::variant<ChipKey, std::string> ChipKey::parse(base::ByteView dg15, const std::optional<asn1::Oid>& algorithm) {
  std::optional<Hash> hash;
  openssl::PkeyPtr key;
  try {
    asn1::TlvReader file(dg15, asn1::Lengths::Lenient);
    key = openssl::parse_public_key(file.need(kDg15));
    file.end();
  } catch (const asn1::Malformed& error) {
    return fmt::format("EF.DG15 is malformed ({})", error.what());
  }
  if (!key) return std::string("EF.DG15 holds no public key that can be read");
  const int kind = EVP_PKEY_get_base_id(key.get());
  if (kind == EVP_PKEY_RSA) {
    if (std::string fault = rsa_fault(key.get()); !fault.empty()) return fault;
  } else if (kind == EVP_PKEY_EC) {
    if (!openssl::has_standard_parameters(key.get())) return std::string("the key's curve is not a standardized one");
    if (algorithm) {
      hash = plain_ecdsa_hash(*algorithm);
      if (!hash) return fmt::format("EF.DG14 names the algorithm {} for it", algorithm->dotted());
    }
  } else {
    return std::string("the key is neither RSA nor ECDSA");
  }
  return ChipKey(std::move(key), hash);
}

std::size_t ChipKey::signature_size() const {
  const auto octets = (static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get())) + 7) / 8;
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA ? octets : 2 * octets;
}

std::string ChipKey::judge(base::ByteView challenge, base::ByteView signature) const {
  // OpenSSL takes a signature shorter than the modulus; a chip must not send one.
  if (signature.size() != signature_size()) {
    return fmt::format("the signature has {} bytes instead of {}", signature.size(), signature_size());
  }
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA ? judge_rsa(challenge, signature)
                                                          : judge_ecdsa(challenge, signature);
}

// ISO/IEC 9796-2 §B.6: s^e mod n, or n minus that when its last half octet is not C: the signer was free to give the
// smaller of s and n - s.
base::Bytes ChipKey::recover(base::ByteView signature) const {
  const openssl::PkeyCtxPtr context(EVP_PKEY_CTX_new(key_.get(), nullptr));
  base::Bytes out(signature.size());
  std::size_t size = out.size();
  if (!context || EVP_PKEY_verify_recover_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) != 1 ||
      EVP_PKEY_verify_recover(context.get(), out.data(), &size, signature.data(), signature.size()) != 1 ||
      size != out.size()) {
    openssl::drain_errors();
    return {};
  }
  if ((out.back() & 0x0F) == 0x0C) return out;
  const BignumPtr n = number(key_.get(), OSSL_PKEY_PARAM_RSA_N);
  const BignumPtr value(BN_bin2bn(out.data(), static_cast<int>(out.size()), nullptr));
  if (!n || !value || BN_sub(value.get(), n.get(), value.get()) != 1 ||
      BN_bn2binpad(value.get(), out.data(), static_cast<int>(out.size())) < 0) {
    openssl::drain_errors();
    return {};
  }
  return out;
}

// 9303-11 §6.1.2.2: F = 6A ‖ M1 ‖ D ‖ T with D = Hash(M1 ‖ RND.IFD): signature scheme 1 with partial recovery.
std::string ChipKey::judge_rsa(base::ByteView challenge, base::ByteView signature) const {
  const base::Bytes f = recover(signature);
  if (f.empty()) return "the signature is not a number below the modulus";
  if (f.front() != 0x6A) return "the signature does not open to a message with partial recovery";
  const auto trailer = trailer_of(f);
  if (!trailer) return "the signature's trailer names no hash that is allowed";
  const std::size_t digest_size = openssl::hash_size(trailer->hash);
  if (f.size() < 1 + 1 + digest_size + trailer->size) return "the signature leaves no room for a nonce of the chip";
  const base::ByteView message = base::ByteView(f).subspan(1, f.size() - 1 - digest_size - trailer->size);
  const base::ByteView digest = base::ByteView(f).subspan(1 + message.size(), digest_size);
  const bool good = base::equal(openssl::digest(trailer->hash, base::concat({message, challenge})), digest);
  return good ? std::string{} : "the signature does not answer the challenge sent";
}

// 9303-11 §6.1.2.3: r ‖ s over Hash(RND.IFD). The hash is the one that EF.DG14 names; where it names none, every SHA-2
// not longer than the key is tried, which makes a forgery no easier than the weakest of them.
std::string ChipKey::judge_ecdsa(base::ByteView challenge, base::ByteView signature) const {
  for (const Hash hash : {Hash::Sha256, Hash::Sha224, Hash::Sha384, Hash::Sha512}) {
    if (hash_ && hash != *hash_) continue;
    if (!hash_ && openssl::hash_size(hash) * 8 > static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get())) + 7) continue;
    if (openssl::verify_ecdsa_plain(key_.get(), openssl::digest(hash, challenge), signature)) return {};
  }
  return "the signature does not answer the challenge sent";
}

}  // namespace chip_access
