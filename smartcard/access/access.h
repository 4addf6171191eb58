#pragma once
// The terminal's side of access control and chip proofs. Judged with OpenSSL; the chip's side (simulator) is written
// apart. The namespace is chip_access, because POSIX has a function access().

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pki/base/core/finding.h"
#include "pki/base/core/random.h"
#include "pki/base/core/secret.h"
#include "smartcard/access/chip_authentication.h"
#include "smartcard/access/chip_authentication_2.h"
#include "smartcard/access/pace.h"
#include "smartcard/access/terminal_authentication.h"
#include "smartcard/transport/session_channel.h"

namespace chip_access {

// BAC keys from the MRZ information (9303-11 §9.7.2, App. D.1): what the chip stores and the terminal derives.
struct BacKeys {
  base::Secret enc, mac;  // 16 bytes each, DES parity adjusted
};
BacKeys derive_bac_keys(std::string_view mrz_information);

// Basic Access Control (9303-11 §4.3). On success `secured` speaks secure messaging over `card` (which must outlive
// it). The LDS application is selected already. A chip that refuses or answers wrongly is an answer: no channel,
// findings BAC_REFUSED or BAC_CHIP_ANSWER.
struct BacResult {
  std::unique_ptr<transport::SecureChannel> secured;
  base::Findings findings;
};
BacResult basic_access_control(transport::Channel& card, std::string_view mrz_information, base::Random& random);

// Active Authentication (9303-11 §6.1): sends a fresh 8-byte challenge, verifies the answer with the key of DG15.
// RSA: ISO 9796-2 scheme 1 (trailers BC and xxCC). Finding ACTIVE_AUTHENTICATION_FAILED (fail) when it does not verify
// or the chip refuses; DG15 that cannot be used gives the same with its reason in the text. Empty findings: passed.
// algorithm: what EF.DG14's ActiveAuthenticationInfo names for an ECDSA key (§9.2.4), as far as it is bound; without
// one any SHA-2 that fits the key is taken.
// Throws Error{AskOperator} when the reader takes short commands only and the chip's answer does not fit.
base::Findings active_authentication(transport::Channel& chip, base::ByteView dg15, base::Random& random,
                                     const std::optional<asn1::Oid>& algorithm = std::nullopt);
// The algorithm in these infos of EF.DG14; nullopt: none is named.
std::optional<asn1::Oid> active_authentication_algorithm(const lds::SecurityInfos& dg14);

// Why the key of this EF.DG15 cannot be used for Active Authentication, in one sentence; empty when it can.
std::string chip_key_fault(base::ByteView dg15);

// The bare judgement, for vectors: does `signature` answer `challenge` under the key of DG15?
bool verify_active_authentication(base::ByteView dg15, base::ByteView challenge, base::ByteView signature,
                                  const std::optional<asn1::Oid>& algorithm = std::nullopt);

}  // namespace chip_access
