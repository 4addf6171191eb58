#pragma once
// Chip Authentication, the terminal's side (ICAO Doc 9303-11 §6.2; TR-03110-2 §3.4): an ephemeral-static key agreement
// with the key of EF.DG14, after which both sides speak under new keys.

#include <memory>
#include <string>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "smartcard/lds/security_infos.h"
#include "smartcard/transport/session_channel.h"

namespace chip_access {

// secured: under the new keys when `findings` has no fail, otherwise the channel that was given, still alive.
// Nothing is proven yet when the call returns: a chip with somebody else's certificate comes this far too. proven() is
// true once the first answer under the new keys was good; an answer that is not throws Error{TreatAsAttack} from
// transmit(). And the key is only as good as EF.DG14: passive authentication must have bound it.
struct ChipAuthenticationResult {
  std::unique_ptr<transport::SecureChannel> secured;
  base::Findings findings;
  base::Bytes terminal_key;  // Comp(PK_DH,IFD): what terminal authentication signs
  bool token_right = false;  // version 2: the chip's token has proven its key already
  bool agreed() const { return !findings.failed(); }
  bool proven() const { return agreed() && secured && (token_right || secured->good_answers() > 0); }
};

// card: the channel below `secured`, which is used up. infos: of EF.DG14. Findings of severity fail:
//   CHIP_AUTHENTICATION_NOT_POSSIBLE  no key and protocol in it that belong together and can be used
//   CHIP_AUTHENTICATION_FAILED        the chip refuses, or does not answer as its clause says
ChipAuthenticationResult chip_authentication(transport::Channel& card,
                                             std::unique_ptr<transport::SecureChannel> secured,
                                             const lds::SecurityInfos& infos, base::Random& random);

// Why chip authentication cannot be run with these infos, in one sentence; empty when it can.
std::string chip_authentication_fault(const lds::SecurityInfos& infos);

}  // namespace chip_access
