#pragma once
// The LDS1 application A0000002471001 on the chip and the files of the MF around it: selection and reading, BAC, PACE,
// secure messaging, Active, Chip and Terminal Authentication (ICAO Doc 9303-10 §3.6, 9303-11 §4, §6, §7, §9.8). For a
// terminal they are there only after personalization.

#include <cstdint>
#include <optional>

#include "pki/base/core/bytes.h"
#include "pki/base/core/random.h"
#include "smartcard/apdu/apdu.h"
#include "smartcard/simulator/crypto.h"
#include "smartcard/simulator/extended_access.h"
#include "smartcard/simulator/pace_protocol.h"
#include "smartcard/simulator/secure_messaging.h"
#include "smartcard/simulator/state.h"
#include "smartcard/simulator/tampering.h"

namespace simulator {

class LdsApplication {
 public:
  // tampering: of a false chip; null in an honest one.
  LdsApplication(Memory& memory, base::Random& random, Tampering* tampering)
      : memory_(memory),
        random_(random),
        tampering_(tampering),
        pace_(memory, random),
        chip_authentication_(memory, random),
        terminal_authentication_(memory) {}

  // Session, rights, challenge, steps half done and current file are gone.
  void forget();
  // Power, reset, another application: the same, and the MF is current.
  void leave();
  bool in_application() const { return in_application_; }
  // The application was selected by a plain SELECT: its answer (FCI with P2 = 00 and Le).
  apdu::Response selected(const apdu::Command& select);
  // A command with CLA 00, 0C, 10 or 1C while the application or the MF is selected.
  apdu::Response process(const apdu::Command& command);

 private:
  apdu::Response process_plain(const apdu::Command& command, base::ByteView challenge);
  apdu::Response process_secured(const apdu::Command& command, base::ByteView challenge);
  apdu::Response process_inner(const apdu::Command& command, std::size_t room, base::ByteView challenge);

  apdu::Response select_inside(const apdu::Command& command, bool secured);
  apdu::Response read_binary(const apdu::Command& command, std::size_t room, bool secured);
  apdu::Response read_binary_odd(const apdu::Command& command, std::size_t room);
  apdu::Response get_challenge(const apdu::Command& command);
  apdu::Response external_authenticate(const apdu::Command& command, base::ByteView challenge);
  apdu::Response internal_authenticate(const apdu::Command& command, std::size_t room);

  apdu::Response manage_security(const apdu::Command& command);
  apdu::Response run_pace(const apdu::Command& command);
  apdu::Response verify_certificate(const apdu::Command& command);
  apdu::Response authenticate_terminal(const apdu::Command& command, base::ByteView challenge);
  void take_new_keys(ChipAuthenticationSuccess success);
  void refuse_access();  // a wrong password
  void give_access(SecureMessaging session, base::Bytes id_picc);
  bool may_read(std::uint16_t file, bool secured) const;
  apdu::StatusWord open_in_master_file(std::uint16_t file, bool secured);
  apdu::StatusWord open_short(std::uint8_t sfi, bool secured);
  void make_current(std::uint16_t file, base::Bytes content);
  const base::Bytes& current() const { return *current_content_; }
  bool has_master_files() const { return memory_->master_files.contains(0x011C); }

  // 9000 when the rule lets the file be opened and the file is there; it is the current one then.
  apdu::StatusWord open(const struct FileRule* rule, bool secured);

  Memory& memory_;
  base::Random& random_;
  Tampering* tampering_;
  std::optional<SecureMessaging> session_;
  base::Bytes challenge_;  // of the command just before, unused; else empty
  std::optional<std::uint16_t> current_file_;
  std::optional<base::Bytes> current_content_;
  bool in_application_ = false;
  Pace pace_;
  ChipAuthentication chip_authentication_;
  TerminalAuthentication terminal_authentication_;
  base::Bytes id_picc_, terminal_key_;  // what terminal authentication signs; terminal_key_ after Chip Authentication
  base::Bytes chain_;                   // of PSO:VERIFY CERTIFICATE under command chaining
  std::optional<SecureMessaging> next_session_;  // from the next command on
  std::optional<AaKey> aa_key_;                  // loaded at its first use
};

}  // namespace simulator
