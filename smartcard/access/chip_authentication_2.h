#pragma once
// Chip Authentication version 2, the terminal's side (TR-03110-2 §3.4): after terminal authentication of version 2,
// under the ephemeral key that the terminal signed there, with the chip's key out of EF.CardSecurity. The chip answers
// with a token of its own, so that nothing is taken on trust until the first answer under the new keys.

#include <memory>
#include <optional>

#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/access/chip_authentication.h"
#include "smartcard/lds/security_infos.h"

namespace chip_access {

// What EF.CardAccess offers of version 2.
struct ChipAuthentication2Choice {
  lds::ChipAuthenticationInfo info;
  std::int64_t domain_parameters = 0;  // the standardized set: 0-2, 8-18
};
// The strongest that this terminal can run; nullopt: there is none, or the chip has no terminal authentication of
// version 2 before it.
std::optional<ChipAuthentication2Choice> supported_chip_authentication_2(const lds::SecurityInfos& card_access);

// PK_PCD of both protocols: made once, signed in terminal authentication, used in chip authentication.
struct EphemeralKey {
  base::Secret private_key;
  base::Bytes public_key;
  base::Bytes compressed;  // Comp(PK_PCD)
};
EphemeralKey draw_ephemeral_key(const ChipAuthentication2Choice& choice, base::Random& random);

// As chip_authentication(); card_security: of EF.CardSecurity, whose signature the caller has judged. proven() is true
// when the call returns without a finding.
ChipAuthenticationResult chip_authentication_2(transport::Channel& card,
                                               std::unique_ptr<transport::SecureChannel> secured,
                                               const ChipAuthentication2Choice& choice, const EphemeralKey& key,
                                               const lds::SecurityInfos& card_security);

}  // namespace chip_access
