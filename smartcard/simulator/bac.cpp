#include "smartcard/simulator/bac.h"

#include "pki/base/core/error.h"
#include "smartcard/simulator/crypto.h"

namespace simulator {

namespace {

constexpr std::size_t kKeySize = 16;

}  // namespace

std::optional<BacSuccess> mutual_authenticate(const BacKeys& keys, base::ByteView challenge,
                                              base::ByteView authentication, base::Random& random) {
  base::ensure(authentication.size() == kBacAuthentication, "EXTERNAL AUTHENTICATE carries 40 bytes");
  const base::ByteView cryptogram = authentication.first(32);
  if (!base::equal_in_constant_time(retail_mac(keys.mac.reveal(), cryptogram), authentication.subspan(32))) {
    return std::nullopt;
  }
  // S = RND.IFD ‖ RND.IC ‖ K.IFD
  const base::Secret s(des3_cbc_decrypt(keys.enc.reveal(), cryptogram));
  const base::ByteView rnd_ifd = s.reveal().first(8);
  const base::ByteView k_ifd = s.reveal().subspan(16);
  if (!base::equal_in_constant_time(s.reveal().subspan(8, 8), challenge)) return std::nullopt;

  // R = RND.IC ‖ RND.IFD ‖ K.IC
  const base::Secret k_ic = random.secret(kKeySize);
  const base::Secret r(base::concat({challenge, rnd_ifd, k_ic.reveal()}));
  base::Bytes answer = des3_cbc_encrypt(keys.enc.reveal(), r.reveal());
  base::append(answer, retail_mac(keys.mac.reveal(), answer));

  base::Bytes seed_bytes(kKeySize);
  for (std::size_t i = 0; i < kKeySize; ++i) seed_bytes[i] = k_ifd[i] ^ k_ic.reveal()[i];
  const base::Secret seed(std::move(seed_bytes));
  const base::Bytes ssc = base::concat({challenge.last(4), rnd_ifd.last(4)});
  return BacSuccess{std::move(answer),
                    SecureMessaging(Suite::TripleDes, derive_key(Suite::TripleDes, seed.reveal(), kDeriveEnc),
                                    derive_key(Suite::TripleDes, seed.reveal(), kDeriveMac), ssc)};
}

}  // namespace simulator
