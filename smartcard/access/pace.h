#pragma once
// Password Authenticated Connection Establishment, the terminal's side (ICAO Doc 9303-11 §4.4): version 2 with generic,
// integrated and chip authentication mapping, over every standardized curve and the three MODP groups, with AES or 3DES
// behind it.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "pki/cvc/format/chat.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/transport/session_channel.h"

namespace chip_access {

// §4.4.4.1, data object 83.
enum class PasswordReference : std::uint8_t { Mrz = 1, Can = 2, Pin = 3, Puk = 4 };

// What both sides know: f(pi) of §4.4.3.3, from which K_pi is derived.
struct Password {
  PasswordReference reference = PasswordReference::Mrz;
  base::Secret secret;
};
// text: the MRZ information, whose SHA-1 counts (§4.4.3.3.1), or the digits as printed.
Password password_of(PasswordReference reference, std::string_view text);

// One PACEInfo that this terminal can run.
struct PaceChoice {
  lds::PaceInfo info;
  std::int64_t domain_parameters = 0;  // the standardized set meant by it: 0-2, 8-18
  bool named = false;                  // say the parameters' number in MSE:Set AT, because the chip has several sets
  // The rights that terminal authentication of version 2 is to give (7F4C of MSE:Set AT); the chip then names its CVCA.
  std::optional<cvc::format::Chat> chat = std::nullopt;
};
// Those of EF.CardAccess, best first: elliptic curves before MODP groups, generic before integrated before chip
// authentication mapping, stronger ciphers before weaker. A version other than 2, an unknown parameter set or explicit
// parameters that are no standardized set are left out.
std::vector<PaceChoice> supported_pace(const lds::SecurityInfos& card_access);

// What chip authentication mapping leaves to be judged (§4.4.3.3.3, §4.4.5.3): the chip's mapping key PK_Map,IC and the
// number CA_IC under which its static key, from EF.CardSecurity and after passive authentication, must give it.
struct ChipAuthenticationMapping {
  std::int64_t domain_parameters = 0;
  base::Bytes mapping_key;  // 04 ‖ x ‖ y
  base::Bytes ca_ic;        // CA_IC, decrypted; empty when the chip gave none that can be read (`fault` says why)
  std::string fault;
};

// Findings of severity fail, and then no channel:
//   PACE_REFUSED        the chip answers a step with another status word than 9000 before the password counts
//   PACE_PASSWORD       the chip refuses the terminal's token: the password is not this card's (or was read wrongly)
//   PACE_CHIP_ANSWER    an answer is malformed, a point is not on the curve, a key is the terminal's own, or the chip's
//                       token is wrong: it does not know the password
struct PaceResult {
  std::unique_ptr<transport::SecureChannel> secured;
  base::Findings findings;
  base::Bytes id_picc;                    // Comp(PK_DH,IC): what terminal authentication signs for this chip
  std::vector<std::string> trust_points;  // holder references of the chip's CVCA keys, current first, if it sent any
  std::optional<ChipAuthenticationMapping> mapping;  // with PACE-CAM
};
// card: plain, with the MF selected (§4.4.4), must outlive the result.
PaceResult pace(transport::Channel& card, const PaceChoice& choice, const Password& password, base::Random& random);

// §4.4.5.3: does the chip hold the private key of `chip_keys`, the ChipAuthenticationPublicKeyInfo of EF.CardSecurity?
// Finding CHIP_AUTHENTICATION_FAILED (fail) when it does not, or when there is no key to judge by; empty: passed,
// provided that passive authentication bound EF.CardSecurity.
base::Findings judge_chip_authentication_mapping(const ChipAuthenticationMapping& mapping,
                                                 const std::vector<lds::ChipAuthenticationPublicKeyInfo>& chip_keys);

}  // namespace chip_access
