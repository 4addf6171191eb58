// How the chip is opened: EF.CardAccess, PACE, the LDS application, basic access control.

#include "smartcard/access/terminal_authentication.h"
#include "smartcard/inspection/inspection_run.h"

namespace inspection {

// The key of BAC, and of PACE without a CAN. A text that is no MRZ says nothing against the card.
bool InspectionRun::read_optical_mrz() {
  if (how_.optical_mrz.empty() && !how_.can.empty()) return true;
  const document::MrzReading reading = document::parse_mrz(how_.optical_mrz);
  if (!reading.fields) {
    report_.findings.fail("OPTICAL_MRZ_UNREADABLE", "optical MRZ", "The text given is no MRZ of three lines.");
    return false;
  }
  for (base::Finding finding : reading.findings.list()) {
    finding.where = "optical " + finding.where;
    report_.findings.add(std::move(finding));
  }
  mrz_information_ = reading.fields->bac_information;
  return true;
}

bool InspectionRun::access() {
  std::vector<chip_access::PaceChoice> choices;
  if (wants_pace()) {
    read_card_access();
    choices = how_.protocols.supported_pace(card_access_);
    if (choices.empty()) meter_.set("pace", StepResult::NotSupported);
  }
  if (!choices.empty() && pace(choices.front())) {
    return read_card_security() && extended_access_2() && select_application(*secured_);
  }
  return may_use_bac(/*pace_failed=*/!choices.empty()) && select_application(counted_) && bac();
}

// EF.CardAccess is readable by anybody, in the MF, which is current after a reset (9303-10 §3.11.3). Cards in
// circulation know no SELECT MF, so it is sent only when the file was not to be had without.
void InspectionRun::read_card_access() {
  const lds::FileInfo& file = lds::info(lds::FileId::CardAccess);
  FileReading reading = FileReader(counted_).read(file);
  if (reading.status == FileReading::Status::NotFound || reading.status == FileReading::Status::Refused) {
    const apdu::Response selected = counted_.transmit({0x00, 0xA4, 0x00, 0x0C, base::hex("3F00"), std::nullopt});
    if (selected.sw.ok()) reading = FileReader(counted_).read(file);
  }
  if (reading.status == FileReading::Status::Read) {
    lds::SecurityInfosReading infos = lds::parse_card_access(reading.content);
    for (base::Finding finding : infos.findings.list()) {  // nobody signed it: what it hides is told by EF.DG14
      finding.severity = std::min(finding.severity, base::Severity::Warn);
      report_.findings.add(std::move(finding));
    }
    if (infos.infos) card_access_ = std::move(*infos.infos);
    files_[lds::FileId::CardAccess] = std::move(reading.content);
  }
  meter_.end("open", StepResult::NotPerformed);
}

bool InspectionRun::pace(chip_access::PaceChoice choice) {
  if (wants_version_2()) version_2_ = how_.protocols.supported_chip_authentication_2(card_access_);
  if (version_2_) choice.chat = how_.inspection_system->inspection_system.body.chat;
  const chip_access::Password password =
      how_.can.empty() ? how_.protocols.password(chip_access::PasswordReference::Mrz, mrz_information_)
                       : how_.protocols.password(chip_access::PasswordReference::Can, how_.can);
  chip_access::PaceResult result = how_.protocols.pace(counted_, choice, password, how_.random);
  pace_passed_ = result.secured && !result.findings.failed();
  meter_.end("pace", pace_passed_ ? StepResult::Passed : StepResult::Failed);
  const bool only_tells = !pace_passed_ && how_.policy.bac == BacUse::WhenPaceFails && !mrz_information_.empty();
  for (base::Finding finding : result.findings.list()) {
    if (only_tells) finding.severity = std::min(finding.severity, base::Severity::Warn);
    report_.findings.add(std::move(finding));
  }
  if (!pace_passed_) return false;
  secured_ = std::move(result.secured);
  id_picc_ = std::move(result.id_picc);
  trust_points_ = std::move(result.trust_points);
  mapping_ = std::move(result.mapping);
  return true;
}

// EF.CardSecurity stands in the MF, which the application's selection leaves. What is judged by it is PACE with chip
// authentication mapping (9303-11 §4.4.5.3) and chip authentication of version 2. Its number is EF.SOD's in another
// folder.
bool InspectionRun::read_card_security() {
  if ((!mapping_ && !version_2_) || how_.policy.chip_authentication == Demand::Never) return true;
  return guarded("chip_authentication", [&] {
    lds::FileInfo file = lds::info(lds::FileId::Sod);
    file.name = "EF.CardSecurity";
    card_security_ = FileReader(*secured_).read(file);
    return StepResult::NotPerformed;
  });
}

bool InspectionRun::may_use_bac(bool pace_failed) {
  const bool allowed =
      how_.policy.bac == BacUse::WhenPaceFails || (how_.policy.bac == BacUse::WhenPaceIsNotOffered && !pace_failed);
  if (!allowed) {
    if (!pace_failed) {
      report_.findings.fail("PACE_DEMANDED", "EF.CardAccess",
                            "The policy demands PACE, and the chip offers none that this terminal speaks.");
    }
    return false;
  }
  if (mrz_information_.empty()) {
    if (!pace_failed) {
      report_.findings.fail("PASSWORD_MISSING", "basic access control",
                            "The chip opens by the machine-readable zone alone, and only a CAN was given.");
    }
    return false;
  }
  if (pace_failed) {
    report_.findings.warn("BAC_FALLBACK", "basic access control",
                          "PACE failed; the policy lets basic access control take its place.");
  } else if (wants_pace()) {
    report_.findings.note("PACE_NOT_OFFERED", "EF.CardAccess",
                          "The chip offers no PACE that this terminal speaks; basic access control was used.");
  }
  return true;
}

// SELECT the LDS application: 00 A4 04 0C 07 A0000002471001 (ICAO Doc 9303-10 §3.3).
bool InspectionRun::select_application(transport::Channel& channel) {
  bool selected = false;
  return guarded("open",
                 [&] {
                   const apdu::Response answer =
                       channel.transmit({0x00, 0xA4, 0x04, 0x0C, base::hex("A0000002471001"), std::nullopt});
                   selected = answer.sw.ok();
                   if (!selected) {
                     report_.findings.fail("LDS_APPLICATION_MISSING", "chip",
                                           fmt::format("The chip has no identity application: it answered {}.",
                                                       apdu::describe(answer.sw)));
                   }
                   return selected ? StepResult::Passed : StepResult::Failed;
                 }) &&
         selected;
}

bool InspectionRun::bac() {
  return guarded("bac",
                 [&] {
                   chip_access::BacResult result = how_.protocols.bac(counted_, mrz_information_, how_.random);
                   report_.findings.add(result.findings);
                   secured_ = std::move(result.secured);
                   if (!secured_ && !result.findings.failed()) {
                     report_.findings.fail("BAC_REFUSED", "basic access control", "The chip gave no access.");
                   }
                   if (secured_) id_picc_ = chip_access::id_picc_of_mrz(mrz_information_);
                   return secured_ ? StepResult::Passed : StepResult::Failed;
                 }) &&
         secured_;
}

}  // namespace inspection
