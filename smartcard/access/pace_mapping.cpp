#include "smartcard/access/pace_mapping.h"

#include "pki/base/core/error.h"

namespace chip_access {

namespace {

using secure_messaging::Cipher;

// §4.4.3.3.2: c0 and c1.
const base::Bytes kC0Of128 = base::hex("A668892A7C41E3CA739F40B057D85904");
const base::Bytes kC1Of128 = base::hex("A4E136AC725F738B01C1F60217C188AD");
const base::Bytes kC0Of256 = base::hex("D463D65234124EF7897054986DCA0A174E28DF758CBAA03F240616414D5A1676");
const base::Bytes kC1Of256 = base::hex("54BD7255F0AAF831BEC3423FCF39D69B6CBF066677D0FAAE5AADD99DF8E53517");
constexpr std::size_t kSurplusBits = 64;

}  // namespace

base::Bytes map_generic(const DomainParameters& group, base::ByteView nonce, base::ByteView h) {
  const base::Bytes s_g = group.multiply_generator(nonce);
  if (s_g.empty()) return {h.begin(), h.end()};
  return group.combine(s_g, h);
}

std::size_t integrated_nonce_size(Cipher cipher) {
  return secure_messaging::key_size(cipher) > 16 ? 32 : 16;
}

// k_0 = E(t, s); then k_i+1 = E(k_i, c0) and x_i+1 = E(k_i, c1) until there are 64 bits more than p has.
std::optional<base::Bytes> map_integrated(const DomainParameters& group, Cipher cipher, base::ByteView chip_nonce,
                                          base::ByteView terminal_nonce) {
  const std::size_t length = integrated_nonce_size(cipher);
  const std::size_t key_size = secure_messaging::key_size(cipher);
  base::ensure(chip_nonce.size() == length && terminal_nonce.size() == key_size,
               "nonces are as long as the clause has it");
  const base::Bytes& c0 = length == 16 ? kC0Of128 : kC0Of256;
  const base::Bytes& c1 = length == 16 ? kC1Of128 : kC1Of256;
  base::Bytes key = secure_messaging::cbc_encrypt(cipher, terminal_nonce, chip_nonce);
  base::Bytes pseudo_random;
  while (pseudo_random.size() * 8 < group.field_bits() + kSurplusBits) {
    const base::ByteView cut = base::ByteView(key).first(key_size);
    base::append(pseudo_random, secure_messaging::cbc_encrypt(cipher, cut, c1));
    base::Bytes next = secure_messaging::cbc_encrypt(cipher, cut, c0);
    key = std::move(next);
  }
  return group.map_to_element(pseudo_random);
}

}  // namespace chip_access
