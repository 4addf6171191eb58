// Basic Access Control, the terminal's side: ICAO Doc 9303-11 §4.3, §9.7.1 (keys), App. D (worked example).

#include <fmt/format.h>

#include <algorithm>

#include "pki/crypto/openssl/hash.h"
#include "pki/crypto/openssl/symmetric.h"
#include "smartcard/access/access.h"
#include "smartcard/secure_messaging/secured_channel.h"

namespace chip_access {

namespace {

namespace openssl = crypto::openssl;
using base::Bytes;
using base::ByteView;
using base::Secret;

constexpr std::size_t kChallenge = 8;
constexpr std::size_t kKeyShare = 16;
constexpr std::size_t kCryptogram = 2 * kChallenge + kKeyShare;  // E_IFD, E_IC: 32 bytes
constexpr std::size_t kMac = 8;
constexpr std::uint8_t kZeroIv[8]{};
constexpr const char* kWhere = "basic access control";

BacKeys derive_keys(ByteView seed) {
  secure_messaging::SessionKeys keys = secure_messaging::derive_session_keys(secure_messaging::Cipher::TripleDes, seed);
  return {std::move(keys.enc), std::move(keys.mac)};
}

// E ‖ M over S, as both sides send it (9303-11 §4.3.1, steps 2c and 3d).
Bytes seal(const BacKeys& keys, ByteView plain) {
  Bytes out = openssl::tdes_cbc_encrypt(keys.enc.reveal(), kZeroIv, plain);
  base::append(out, openssl::retail_mac(keys.mac.reveal(), openssl::pad_80(out, 8)));
  return out;
}

// The session's keys and its first counter (9303-11 §9.8.6.3): the last four bytes of RND.IC ‖ the same of RND.IFD.
secure_messaging::Session start_session(ByteView seed, ByteView rnd_ic, ByteView rnd_ifd) {
  using secure_messaging::Cipher;
  return {Cipher::TripleDes, secure_messaging::derive_session_keys(Cipher::TripleDes, seed),
          base::concat({rnd_ic.last(4), rnd_ifd.last(4)})};
}

void chip_answered_wrongly(BacResult& result, std::string what) {
  result.findings.fail("BAC_CHIP_ANSWER", kWhere,
                       fmt::format("the chip does not hold the key of this MRZ or its answer was changed: {}", what));
}

// EXTERNAL AUTHENTICATE's answer E_IC ‖ M_IC: R = RND.IC ‖ RND.IFD ‖ K.IC. Empty, with a finding, when it is wrong.
Secret open_answer(const BacKeys& keys, ByteView answer, ByteView rnd_ic, ByteView rnd_ifd, BacResult& result) {
  if (answer.size() != kCryptogram + kMac) {
    chip_answered_wrongly(result, fmt::format("{} bytes instead of 40", answer.size()));
    return {};
  }
  const ByteView cryptogram = answer.first(kCryptogram);
  if (!base::equal_in_constant_time(openssl::retail_mac(keys.mac.reveal(), openssl::pad_80(cryptogram, 8)),
                                    answer.subspan(kCryptogram))) {
    chip_answered_wrongly(result, "its MAC is wrong");
    return {};
  }
  const Secret plain(openssl::tdes_cbc_decrypt(keys.enc.reveal(), kZeroIv, cryptogram));
  const ByteView r = plain.reveal();
  if (!base::equal_in_constant_time(r.first(kChallenge), rnd_ic) ||
      !base::equal_in_constant_time(r.subspan(kChallenge, kChallenge), rnd_ifd)) {
    chip_answered_wrongly(result, "it answers other challenges than those exchanged");
    return {};
  }
  return Secret::copy_of(r.subspan(2 * kChallenge));
}

}  // namespace

// App. D.1: K_seed is the first 16 bytes of SHA-1 over the MRZ information.
BacKeys derive_bac_keys(std::string_view mrz_information) {
  const Secret hash(openssl::digest(openssl::Hash::Sha1, base::view_of(mrz_information)));
  return derive_keys(hash.reveal().first(16));
}

BacResult basic_access_control(transport::Channel& card, std::string_view mrz_information, base::Random& random) {
  BacResult result;
  const BacKeys keys = derive_bac_keys(mrz_information);
  // GET CHALLENGE: 00 84 00 00 08 -> RND.IC
  const apdu::Response challenge = card.transmit({0x00, 0x84, 0x00, 0x00, {}, kChallenge});
  if (!challenge.sw.ok() || challenge.data.size() != kChallenge) {
    result.findings.fail("BAC_REFUSED", kWhere,
                         fmt::format("asked for a challenge, the chip answered {} with {} bytes",
                                     apdu::describe(challenge.sw), challenge.data.size()));
    return result;
  }
  const Bytes rnd_ifd = random.bytes(kChallenge);
  const Secret k_ifd = random.secret(kKeyShare);
  const Secret s(base::concat({rnd_ifd, challenge.data, k_ifd.reveal()}));
  // EXTERNAL AUTHENTICATE: 00 82 00 00 28 E_IFD ‖ M_IFD 28 -> E_IC ‖ M_IC
  const apdu::Response answer = card.transmit({0x00, 0x82, 0x00, 0x00, seal(keys, s.reveal()), kCryptogram + kMac});
  if (!answer.sw.ok()) {
    result.findings.fail("BAC_REFUSED", kWhere,
                         fmt::format("the chip answered {}: the MRZ is not this card's, or was read wrongly",
                                     apdu::describe(answer.sw)));
    return result;
  }
  const Secret k_ic = open_answer(keys, answer.data, challenge.data, rnd_ifd, result);
  if (k_ic.empty()) return result;
  Bytes seed(kKeyShare);
  for (std::size_t i = 0; i < kKeyShare; ++i) {
    seed[i] = static_cast<std::uint8_t>(k_ifd.reveal()[i] ^ k_ic.reveal()[i]);
  }
  const Secret session_seed(std::move(seed));
  result.secured = std::make_unique<secure_messaging::SecuredChannel>(
      card, start_session(session_seed.reveal(), challenge.data, rnd_ifd));
  return result;
}

}  // namespace chip_access
