#pragma once
// One inspection from the first command to the verdict; each step is one function and stands in the report. Access is
// in inspect_access.cpp, what a chip proves in inspect_proofs.cpp, the rest in inspect_card.cpp.

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "smartcard/inspection/content_checks.h"
#include "smartcard/inspection/file_reader.h"
#include "smartcard/inspection/step_meter.h"

namespace inspection {

class InspectionRun {
 public:
  InspectionRun(transport::Channel& card, const CardInspection& how) : how_(how), counted_(card), meter_(&counted_) {
    unread_.may_be_refused = how.policy.may_be_refused;
  }
  Report run(CardRecord* record);

 private:
  // Access (ICAO Doc 9303-11 §4.2): PACE where EF.CardAccess offers it, else basic access control, as the policy lets.
  bool read_optical_mrz();
  bool access();
  void read_card_access();
  bool wants_pace() const { return how_.policy.pace != Demand::Never && how_.protocols.speaks_pace(); }
  bool pace(chip_access::PaceChoice choice);
  bool read_card_security();
  bool may_use_bac(bool pace_failed);
  bool select_application(transport::Channel& channel);
  bool bac();

  StepResult read();
  void read_group(int number, FileReader& reader);
  void read_file(const lds::FileInfo& file, FileReader& reader);
  void judge();

  // What only this chip can do, with keys that passive authentication bound (§5.1, §6, §7).
  void prove();
  void compare_access();
  bool active_authentication();
  bool chip_authentication();
  bool mapping_proves_the_chip();
  bool agree_on_new_keys();
  bool first_answer_under_new_keys();
  void terminal_authentication();
  void tell_of_terminal(const base::Findings& findings);
  void read_under_rights();
  void read_with_rights();
  void read_fingers();
  bool wants_terminal_authentication() const;
  void demanded(const char* code, std::string_view step);
  bool is_bound(int data_group) const;
  std::optional<lds::SecurityInfos> authentic_card_security(base::Findings& findings) const;

  // Version 2 of terminal and chip authentication, in the MF behind PACE (TR-03110-2 §2.4): inspect_version_2.cpp.
  bool wants_version_2() const;
  bool extended_access_2();
  bool terminal_authentication_2(const chip_access::EphemeralKey& key, bool& passed);
  bool chip_authentication_2(const chip_access::EphemeralKey& key);

  // A step under secure messaging. A broken session is the card's answer (9303-11 §9.8.5): a finding, and the end of
  // the conversation. Every other error is the world's and passes through.
  template <class Step>
  bool guarded(std::string_view name, const Step& step, const char* code = "SECURE_MESSAGING_BROKEN") {
    try {
      meter_.end(name, step());
      return true;
    } catch (const base::Error& error) {
      if (error.fault() != base::Fault::TreatAsAttack) throw;
      report_.findings.fail(code, std::string(name),
                            fmt::format("An answer of the chip was not protected as agreed: {}.", error.seen()));
      meter_.end(name, StepResult::Failed);
      return false;
    }
  }

  const CardInspection& how_;
  transport::CountingChannel counted_;
  StepMeter meter_;
  Report report_;
  std::unique_ptr<transport::SecureChannel> secured_;
  std::string mrz_information_;  // of the optical MRZ; empty: not known
  lds::SecurityInfos card_access_;
  CardRecord record_;
  lds::Files& files_ = record_.files;
  Unread unread_;
  sod::judge::PassiveAuthentication passive_;
  Content content_;
  lds::SecurityInfos dg14_;
  std::optional<chip_access::ChipAuthenticationMapping> mapping_;  // of PACE; left to be judged
  FileReading card_security_;
  base::Bytes id_picc_, terminal_key_;
  std::vector<std::string> trust_points_;
  std::optional<chip_access::ChipAuthentication2Choice> version_2_;  // of EF.CardAccess, when it is to be run
  std::optional<bool> version_2_passed_;  // chip authentication of version 2; nullopt: it did not come so far
  bool pace_passed_ = false, judged_ = false, chip_proven_ = false, has_rights_ = false;
};

}  // namespace inspection
