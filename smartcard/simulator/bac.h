#pragma once
// Basic Access Control, the card's side: ICAO Doc 9303-11 §4.3 and Appendix D.3.

#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "smartcard/simulator/secure_messaging.h"
#include "smartcard/simulator/state.h"

namespace simulator {

inline constexpr std::size_t kBacChallenge = 8;        // bytes of RND.IC
inline constexpr std::size_t kBacAuthentication = 40;  // bytes of E_IFD ‖ M_IFD, and of the answer

struct BacSuccess {
  base::Bytes answer;  // E_IC ‖ M_IC, 40 bytes
  SecureMessaging session;
};

// authentication: 40 bytes of EXTERNAL AUTHENTICATE; challenge: the RND.IC given out before. nullopt: the terminal does
// not know the keys, or answers another challenge.
std::optional<BacSuccess> mutual_authenticate(const BacKeys& keys, base::ByteView challenge,
                                              base::ByteView authentication, base::Random& random);

}  // namespace simulator
