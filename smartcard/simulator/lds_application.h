#pragma once
// The LDS1 application A0000002471001 on the chip: selection and reading of files, BAC, secure messaging and Active
// Authentication (ICAO Doc 9303-10 §3.6, 9303-11 §4.3, §6.1, §9.8). It exists for a terminal only after
// personalization.

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/secure_messaging.h"
#include "smartcard/simulator/state.h"

namespace simulator {

class LdsApplication {
 public:
  LdsApplication(Memory& memory, base::Random& random) : memory_(memory), random_(random) {}

  // Power, reset, another application: session, challenge and current file are gone.
  void forget();
  // The application was selected by a plain SELECT: its answer (FCI with P2 = 00 and Le).
  apdu::Response selected(const apdu::Command& select);
  // A command with CLA 00 or 0C while the application is selected.
  apdu::Response process(const apdu::Command& command);

 private:
  apdu::Response process_plain(const apdu::Command& command, base::ByteView challenge);
  apdu::Response process_secured(const apdu::Command& command);
  apdu::Response process_inner(const apdu::Command& command, std::size_t room);

  apdu::Response select_inside(const apdu::Command& command, bool secured);
  apdu::Response read_binary(const apdu::Command& command, std::size_t room);
  apdu::Response read_binary_odd(const apdu::Command& command, std::size_t room);
  apdu::Response get_challenge(const apdu::Command& command);
  apdu::Response external_authenticate(const apdu::Command& command, base::ByteView challenge);
  apdu::Response internal_authenticate(const apdu::Command& command, std::size_t room);

  // 9000 when the rule lets the file be opened and the file is there; it is the current one then.
  apdu::StatusWord open(const struct FileRule* rule, bool secured);

  Memory& memory_;
  base::Random& random_;
  std::optional<SecureMessaging> session_;
  base::Bytes challenge_;  // of the command just before, unused; else empty
  std::optional<std::uint16_t> current_file_;
  std::optional<AaKey> aa_key_;  // loaded at its first use
};

}  // namespace simulator
