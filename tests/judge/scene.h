#pragma once
// An inspection of a chip that is played: what it holds, how it behaves, how the protocols end, and what the inspector
// knows and demands. For tests of the order and the verdict; the protocols themselves are tested elsewhere.

#include <algorithm>

#include "pki/base/core/error.h"
#include "smartcard/inspection/card_inspection.h"
#include "tests/judge/fake_chip.h"
#include "tests/judge/forge.h"
#include "tests/judge/sample_card.h"

namespace scene {

// Passes commands on; breaks (as secure messaging does on a wrong MAC) at the given command.
class PlainSession final : public transport::SecureChannel {
 public:
  PlainSession(transport::Channel& card, std::size_t breaks_at, base::Fault fault)
      : card_(card), breaks_at_(breaks_at), fault_(fault) {}
  apdu::Response transmit(const apdu::Command& command) override {
    if (++count_ == breaks_at_) throw base::Error(fault_, "reading an answer", "its MAC is wrong");
    return card_.transmit(command);
  }
  bool extended_length() const override { return card_.extended_length(); }
  std::size_t good_answers() const override { return count_; }

 private:
  transport::Channel& card_;
  std::size_t breaks_at_;
  base::Fault fault_;
  std::size_t count_ = 0;
};

struct Scene {
  lds::Files files = sample::card();
  fake::Habits habits = {};
  std::string optical_mrz = sample::mrz();
  bool bac_opens = true;
  bool chip_answers_the_challenge = true;
  std::size_t breaks_at = 0;
  base::Fault fault = base::Fault::TreatAsAttack;
  int challenges = 0;  // how often active authentication ran
  std::string key_of_access = {};
  inspection::Policy policy = {};
  std::string can = {};
  bool speaks_pace = true, pace_opens = true;
  chip_access::PasswordReference pace_password = chip_access::PasswordReference::Pin;
  bool chip_has_its_key = true;  // of chip authentication
  int agreements = 0;            // how often chip authentication ran
  bool has_inspection_system = false, is_let_in = true;
};

inline chip_access::InspectionCredentials gate() {
  return {.inspection_system = {
              .body = {.key = {.algorithm = asn1::Oid("0.4.0.127.0.7.2.2.2.2.3")},
                       .chat = cvc::format::inspection_chat(cvc::format::Role::Terminal, {.fingerprints = true})}}};
}

inline void add_pace(Scene& scene, inspection::Protocols& protocols) {
  protocols.supported_pace = [](const lds::SecurityInfos& infos) {
    std::vector<chip_access::PaceChoice> out;
    for (const lds::PaceInfo& info : infos.pace) out.push_back({.info = info});
    return out;
  };
  protocols.password = [](chip_access::PasswordReference reference, std::string_view text) {
    return chip_access::Password{reference, base::Secret::copy_of(base::view_of(text))};
  };
  protocols.pace = [&](transport::Channel& card, const chip_access::PaceChoice&, const chip_access::Password& password,
                       base::Random&) {
    scene.pace_password = password.reference;
    chip_access::PaceResult result;
    if (scene.pace_opens) {
      result.secured = std::make_unique<PlainSession>(card, scene.breaks_at, scene.fault);
    } else {
      result.findings.fail("PACE_PASSWORD", "PACE", "refused");
    }
    return result;
  };
}

inline void add_chip_and_terminal_authentication(Scene& scene, inspection::Protocols& protocols) {
  protocols.chip_authentication = [&](transport::Channel& card, std::unique_ptr<transport::SecureChannel>,
                                      const lds::SecurityInfos&, base::Random&) {
    ++scene.agreements;
    chip_access::ChipAuthenticationResult result;
    result.secured = std::make_unique<PlainSession>(card, scene.chip_has_its_key ? 0 : 1, base::Fault::TreatAsAttack);
    return result;
  };
  protocols.terminal_authentication = [&](transport::Channel&, const chip_access::InspectionCredentials&,
                                          const std::vector<std::string>&, base::ByteView, base::ByteView) {
    base::Findings findings;
    if (!scene.is_let_in) findings.fail("TERMINAL_AUTHENTICATION_REFUSED", "chip", "refused");
    return findings;
  };
}

inline inspection::Report inspect(Scene& scene, lds::Files* read = nullptr) {
  fake::Chip chip(scene.files, scene.habits);
  base::SeededRandom random(1);
  inspection::Protocols protocols;
  protocols.bac = [&](transport::Channel& card, std::string_view key, base::Random&) {
    scene.key_of_access = key;
    chip_access::BacResult result;
    if (scene.bac_opens) {
      result.secured = std::make_unique<PlainSession>(card, scene.breaks_at, scene.fault);
    } else {
      result.findings.fail("BAC_REFUSED", "basic access control", "refused");
    }
    return result;
  };
  protocols.active_authentication = [&](transport::Channel&, base::ByteView, base::Random&,
                                        const std::optional<asn1::Oid>&) {
    ++scene.challenges;
    base::Findings findings;
    if (!scene.chip_answers_the_challenge) findings.fail("ACTIVE_AUTHENTICATION_FAILED", "chip", "wrong answer");
    return findings;
  };
  if (scene.speaks_pace) add_pace(scene, protocols);
  add_chip_and_terminal_authentication(scene, protocols);
  const trust::TrustStore trust = forge::trust();
  const chip_access::InspectionCredentials credentials = gate();
  return inspection::inspect_card(chip,
                                  {scene.optical_mrz, trust, forge::inspection_moment(), random, protocols, scene.can,
                                   scene.policy, scene.has_inspection_system ? &credentials : nullptr},
                                  read);
}

inline inspection::StepResult step(const inspection::Report& report, const std::string& name) {
  return std::ranges::find(report.steps, name, &inspection::Step::name)->result;
}

}  // namespace scene
