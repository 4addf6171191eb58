#pragma once
// The inspection of a chip, with everything that decides how it goes as a parameter: what is known of the card, whom to
// trust, what is demanded, and the protocols, so that a test puts others in their place.

#include <functional>
#include <string_view>

#include "pki/base/core/secret.h"
#include "pki/cvc/format/certificate.h"
#include "smartcard/access/access.h"
#include "smartcard/inspection/inspect.h"
#include "smartcard/inspection/policy.h"

namespace inspection {

// An empty function: this inspection does not speak the protocol.
struct Protocols {
  using Infos = lds::SecurityInfos;
  std::function<std::vector<chip_access::PaceChoice>(const Infos&)> supported_pace = chip_access::supported_pace;
  std::function<chip_access::PaceResult(transport::Channel&, const chip_access::PaceChoice&,
                                        const chip_access::Password&, base::Random&)>
      pace = chip_access::pace;
  // The password of the MRZ information or of the CAN.
  std::function<chip_access::Password(chip_access::PasswordReference, std::string_view)> password =
      chip_access::password_of;
  std::function<chip_access::BacResult(transport::Channel&, std::string_view, base::Random&)> bac =
      chip_access::basic_access_control;
  std::function<base::Findings(transport::Channel&, base::ByteView, base::Random&, const std::optional<asn1::Oid>&)>
      active_authentication = chip_access::active_authentication;
  std::function<chip_access::ChipAuthenticationResult(transport::Channel&, std::unique_ptr<transport::SecureChannel>,
                                                      const Infos&, base::Random&)>
      chip_authentication = chip_access::chip_authentication;
  std::function<base::Findings(transport::Channel&, const chip_access::InspectionCredentials&,
                               const std::vector<std::string>&, base::ByteView, base::ByteView)>
      terminal_authentication = chip_access::terminal_authentication;
  // Version 2 of both (TR-03110-2 §3.3, §3.4), terminal authentication first.
  std::function<std::optional<chip_access::ChipAuthentication2Choice>(const Infos&)> supported_chip_authentication_2 =
      chip_access::supported_chip_authentication_2;
  std::function<base::Findings(transport::Channel&, const chip_access::InspectionCredentials&,
                               const std::vector<std::string>&, base::ByteView, base::ByteView)>
      terminal_authentication_2 = chip_access::terminal_authentication_2;
  std::function<chip_access::ChipAuthenticationResult(transport::Channel&, std::unique_ptr<transport::SecureChannel>,
                                                      const chip_access::ChipAuthentication2Choice&,
                                                      const chip_access::EphemeralKey&, const Infos&)>
      chip_authentication_2 = chip_access::chip_authentication_2;
  bool speaks_pace() const { return supported_pace && pace && password; }
  bool speaks_version_2() const {
    return supported_chip_authentication_2 && terminal_authentication_2 && chip_authentication_2;
  }
};

struct CardInspection {
  std::string_view optical_mrz;  // three lines; empty: not known, and then `can` opens the chip or nothing does
  const trust::TrustStore& trust;
  base::Moment as_of;
  base::Random& random;
  Protocols protocols = {};
  std::string_view can = {};  // six digits; used for PACE before the MRZ when it is known
  Policy policy = {};
  const chip_access::InspectionCredentials* inspection_system = nullptr;  // null: no terminal authentication
};

// What an inspection saw and a later judgement needs (docs/formats/card-evidence.md).
struct CardRecord {
  lds::Files files;  // EF.CardAccess among them when it was read
  // Of active authentication, when it ran: anybody can verify it again with EF.DG15.
  base::Bytes challenge, response;
  std::set<int> closed = {};  // data groups that the chip kept from this inspection, as the policy lets it
};

// Judges what was read before; nobody asks the chip. challenge and response are verified where EF.DG15 is bound.
Report inspect_record(const CardRecord& record, std::string_view optical_mrz, const trust::TrustStore& trust,
                      base::Moment as_of);

Report inspect_card(transport::Channel& card, const CardInspection& how, CardRecord* record);
Report inspect_card(transport::Channel& card, const CardInspection& how, lds::Files* files);

}  // namespace inspection
