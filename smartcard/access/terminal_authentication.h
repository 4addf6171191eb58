#pragma once
// Terminal Authentication, the terminal's side, version 1 (ICAO Doc 9303-11 §7.1; TR-03110-1 §3.5) and version 2
// (TR-03110-2 §3.3): shows the chip a chain from a CVCA that it trusts down to this inspection system, and signs the
// chip's challenge.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"
#include "pki/cvc/format/certificate.h"
#include "smartcard/transport/channel.h"

namespace chip_access {

// An inspection system's certificate, what leads to it, and its key. sign: the signature over a digest that is already
// computed, as keystore::SigningKey::sign_digest gives it: ECDSA r ‖ s, or RSA. The digest's algorithm is the one that
// the inspection system's certificate names.
struct InspectionCredentials {
  cvc::format::Certificate inspection_system;
  std::vector<cvc::format::Certificate> others;  // DV and link certificates, in any order
  std::function<base::Bytes(base::ByteView digest)> sign;
};

// The certificates that a chip which trusts one of `trust_points` must be shown, in order; the inspection system's is
// the last. Empty when no chain leads there.
std::vector<cvc::format::Certificate> chain_for(const InspectionCredentials& credentials,
                                                const std::vector<std::string>& trust_points);

// ID_PICC after BAC: the document number with its check digit, as it stands in the MRZ information.
base::Bytes id_picc_of_mrz(std::string_view mrz_information);

// secured: after chip authentication. trust_points: of EF.CVCA or PACE, current first. id_picc: of PACE, or
// id_picc_of_mrz() after BAC. terminal_key: ChipAuthenticationResult's. Findings of severity fail; empty: passed.
//   TERMINAL_AUTHENTICATION_NOT_POSSIBLE  no chain leads from what the chip trusts to this inspection system; the text
//                                         names the chip's references
//   TERMINAL_AUTHENTICATION_REFUSED       the chip refuses a certificate or the signature; the text says which
base::Findings terminal_authentication(transport::Channel& secured, const InspectionCredentials& credentials,
                                       const std::vector<std::string>& trust_points, base::ByteView id_picc,
                                       base::ByteView terminal_key);

// Version 2, before chip authentication: secured is PACE's with a CHAT, in the MF; trust_points and id_picc are PACE's;
// terminal_key is EphemeralKey::compressed, under which chip authentication is run next. Findings as above.
base::Findings terminal_authentication_2(transport::Channel& secured, const InspectionCredentials& credentials,
                                         const std::vector<std::string>& trust_points, base::ByteView id_picc,
                                         base::ByteView terminal_key);

}  // namespace chip_access
