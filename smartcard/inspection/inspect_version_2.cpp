// Terminal and chip authentication of version 2 (TR-03110-2 §3.3, §3.4), for a chip that offers them in EF.CardAccess
// to an inspection system: PACE with the rights wanted, terminal authentication under a key that the terminal names,
// then chip authentication under that key with the chip's key of EF.CardSecurity. A chip without it is inspected by
// version 1.

#include <utility>

#include "smartcard/inspection/inspection_run.h"

namespace inspection {

bool InspectionRun::wants_version_2() const {
  return wants_terminal_authentication() && how_.protocols.speaks_version_2() &&
         how_.policy.chip_authentication != Demand::Never;
}

// Whether the conversation can go on.
bool InspectionRun::extended_access_2() {
  if (!version_2_) return true;
  const chip_access::EphemeralKey key = chip_access::draw_ephemeral_key(*version_2_, how_.random);
  bool passed = false;
  if (!terminal_authentication_2(key, passed)) return false;
  return !passed || chip_authentication_2(key);
}

bool InspectionRun::terminal_authentication_2(const chip_access::EphemeralKey& key, bool& passed) {
  return guarded("terminal_authentication", [&] {
    const base::Findings findings = how_.protocols.terminal_authentication_2(*secured_, *how_.inspection_system,
                                                                             trust_points_, id_picc_, key.compressed);
    tell_of_terminal(findings);
    passed = !findings.failed();
    return passed ? StepResult::Passed : StepResult::Failed;
  });
}

// The key counts only out of an authentic EF.CardSecurity: a clone would bring its own.
bool InspectionRun::chip_authentication_2(const chip_access::EphemeralKey& key) {
  return guarded("chip_authentication", [&] {
    base::Findings findings;
    bool passed = false;
    if (const auto infos = authentic_card_security(findings)) {
      chip_access::ChipAuthenticationResult result =
          how_.protocols.chip_authentication_2(counted_, std::move(secured_), *version_2_, key, *infos);
      const bool proven = result.proven();
      secured_ = std::move(result.secured);
      findings.add(result.findings);
      findings.add(lds::compare_pace_infos(card_access_, *infos, "EF.CardSecurity"));
      passed = proven && !findings.failed();
    }
    report_.findings.add(findings);
    version_2_passed_ = passed;
    chip_proven_ = chip_proven_ || passed;
    return passed ? StepResult::Passed : StepResult::Failed;
  });
}

}  // namespace inspection
