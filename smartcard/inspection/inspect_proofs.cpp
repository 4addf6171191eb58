// What only this chip can do: active authentication, chip authentication; and what this inspection system may do then.
// All of it counts only with keys that passive authentication bound: a clone would bring its own.

#include <algorithm>
#include <utility>

#include "smartcard/inspection/inspection_run.h"

namespace inspection {

namespace {

// Writes down one INTERNAL AUTHENTICATE and its answer.
class ChallengeRecorder final : public transport::Channel {
 public:
  ChallengeRecorder(transport::Channel& inner, CardRecord& record) : inner_(inner), record_(record) {}
  apdu::Response transmit(const apdu::Command& command) override {
    apdu::Response answer = inner_.transmit(command);
    if (command.ins == 0x88) {
      record_.challenge = command.data;
      record_.response = answer.data;
    }
    return answer;
  }
  bool extended_length() const override { return inner_.extended_length(); }

 private:
  transport::Channel& inner_;
  CardRecord& record_;
};

}  // namespace

bool InspectionRun::is_bound(int data_group) const {
  return passive_.passed() && passive_.signed_hashes.contains(data_group) &&
         files_.contains(lds::data_group(data_group)->id);
}

void InspectionRun::demanded(const char* code, std::string_view step) {
  meter_.set(step, StepResult::NotSupported);
  report_.findings.fail(code, std::string(step), "The policy demands it, and the document does not offer it.");
}

void InspectionRun::prove() {
  if (is_bound(14)) {
    lds::SecurityInfosReading reading = lds::parse_dg14(files_[lds::FileId::Dg14]);
    report_.findings.add(reading.findings);
    if (reading.infos) dg14_ = std::move(*reading.infos);
    compare_access();
  }
  if (!active_authentication()) return;
  if (version_2_passed_.value_or(false)) {
    if (!mapping_ || mapping_proves_the_chip()) read_under_rights();
  } else if (chip_authentication()) {
    terminal_authentication();
  }
}

// EF.CardAccess is unsigned; EF.DG14 says the same under the signature (9303-11 §9.2). Whoever changed the first to get
// a weaker protocol, or basic access control, is found here.
void InspectionRun::compare_access() {
  if (!wants_pace()) return;
  report_.findings.add(lds::compare_pace_infos(card_access_, dg14_, "EF.DG14"));
}

// Whether the inspection may go on: true also where it was not performed.
bool InspectionRun::active_authentication() {
  constexpr std::string_view kStep = "active_authentication";
  if (how_.policy.active_authentication == Demand::Never) return true;
  if (!passive_.signed_hashes.contains(15)) {
    meter_.set(kStep, StepResult::NotSupported);
    if (how_.policy.active_authentication == Demand::Always) demanded("ACTIVE_AUTHENTICATION_DEMANDED", kStep);
    return true;
  }
  if (!is_bound(15)) return true;
  bool passed = false;
  return guarded(kStep,
                 [&] {
                   ChallengeRecorder recorder(*secured_, record_);
                   const base::Findings findings =
                       how_.protocols.active_authentication(recorder, files_[lds::FileId::Dg15], how_.random,
                                                            chip_access::active_authentication_algorithm(dg14_));
                   report_.findings.add(findings);
                   passed = !findings.failed();
                   chip_proven_ = chip_proven_ || passed;
                   return passed ? StepResult::Passed : StepResult::Failed;
                 }) &&
         passed;
}

// What EF.CardSecurity says, when it could be read and its signature leads to somebody trusted.
std::optional<lds::SecurityInfos> InspectionRun::authentic_card_security(base::Findings& findings) const {
  constexpr const char* kFile = "EF.CardSecurity";
  constexpr const char* kFailed = "CHIP_AUTHENTICATION_FAILED";
  if (card_security_.status != FileReading::Status::Read) {
    findings.fail(kFailed, kFile, fmt::format("The file could not be read: {}.", card_security_.why));
    return std::nullopt;
  }
  const base::Findings authentic = sod::judge::judge_card_security(card_security_.content, how_.trust, how_.as_of);
  lds::SecurityInfosReading reading = lds::parse_card_security(card_security_.content);
  for (const base::Finding& why : authentic.list()) {
    if (why.severity == base::Severity::Fail) findings.fail(kFailed, kFile, why.text);
  }
  if (!reading.infos) findings.add(reading.findings);
  return findings.failed() ? std::nullopt : std::move(reading.infos);
}

// §4.4.5.3: PACE with chip authentication mapping has proven the key of EF.CardSecurity, if that file is authentic.
bool InspectionRun::mapping_proves_the_chip() {
  constexpr std::string_view kStep = "chip_authentication";
  base::Findings findings;
  if (const auto infos = authentic_card_security(findings)) {
    findings.add(judge_chip_authentication_mapping(*mapping_, infos->chip_keys));
    findings.add(lds::compare_pace_infos(card_access_, *infos, "EF.CardSecurity"));
  }
  report_.findings.add(findings);
  const bool proven = !findings.failed();
  meter_.end(kStep, proven ? StepResult::Passed : StepResult::Failed);
  chip_proven_ = chip_proven_ || proven;
  return proven;
}

// True: the chip has shown a key of its own that is bound, and the inspection may go on. After PACE with chip
// authentication mapping new keys are agreed on only for terminal authentication, which signs the terminal's.
bool InspectionRun::chip_authentication() {
  if (how_.policy.chip_authentication == Demand::Never) return false;
  if (mapping_ && passive_.passed()) {
    if (!mapping_proves_the_chip()) return false;
    if (!wants_terminal_authentication() || dg14_.chip_keys.empty()) return false;
  }
  return agree_on_new_keys();
}

// True: under new keys, and the chip has shown that it has them.
bool InspectionRun::agree_on_new_keys() {
  constexpr std::string_view kStep = "chip_authentication";
  const bool offered = !dg14_.chip_keys.empty();
  if (!offered && version_2_) {  // what was offered has been tried, unless the chip refused the terminal before
    const bool missing = !version_2_passed_ && how_.policy.chip_authentication == Demand::Always;
    if (missing) {
      report_.findings.fail("CHIP_AUTHENTICATION_DEMANDED", std::string(kStep),
                            "The policy demands it, and the chip offers it only to whom it has let in.");
    }
    return false;
  }
  if (!offered) {
    if (passive_.passed() || !passive_.signed_hashes.contains(14)) {
      meter_.set(kStep, StepResult::NotSupported);
      meter_.set("terminal_authentication", StepResult::NotSupported);
      if (how_.policy.chip_authentication == Demand::Always) demanded("CHIP_AUTHENTICATION_DEMANDED", kStep);
      if (how_.policy.terminal_authentication == Demand::Always) {
        demanded("TERMINAL_AUTHENTICATION_DEMANDED", "terminal_authentication");
      }
    }
    return false;
  }
  if (!how_.protocols.chip_authentication) return false;
  chip_access::ChipAuthenticationResult result;
  bool proven = false;
  const bool unbroken = guarded(kStep, [&] {
    result = how_.protocols.chip_authentication(counted_, std::move(secured_), dg14_, how_.random);
    secured_ = std::move(result.secured);
    report_.findings.add(result.findings);
    return StepResult::Failed;  // until the first good answer
  });
  if (!unbroken || result.findings.failed() || !secured_) return false;
  terminal_key_ = std::move(result.terminal_key);
  guarded(
      kStep,
      [&] {
        proven = first_answer_under_new_keys();
        return proven ? StepResult::Passed : StepResult::Failed;
      },
      "CHIP_AUTHENTICATION_FAILED");
  chip_proven_ = chip_proven_ || proven;
  return proven;
}

// Any command does, whatever its status word: what proves the key is the answer's protection. One that is of use is
// taken: EF.CVCA for terminal authentication (TR-03110-1 App. A.1), else the first bytes of EF.COM.
bool InspectionRun::first_answer_under_new_keys() {
  if (!wants_terminal_authentication() || !trust_points_.empty()) {
    secured_->transmit({0x00, 0xB0, 0x9E, 0x00, {}, 4});
    return secured_->good_answers() > 0;
  }
  constexpr std::uint32_t kCvcaFile = 36;
  std::uint8_t short_id = 0x1C;
  for (const lds::TerminalAuthenticationInfo& info : dg14_.terminal_authentication) {
    if (info.cvca_short_id) short_id = static_cast<std::uint8_t>(*info.cvca_short_id & 0x1F);
  }
  const apdu::Response answer =
      secured_->transmit({0x00, 0xB0, static_cast<std::uint8_t>(0x80 | short_id), 0x00, {}, kCvcaFile});
  if (const auto references = lds::parse_cvca_file(answer.data)) trust_points_ = *references;
  return secured_->good_answers() > 0;
}

bool InspectionRun::wants_terminal_authentication() const {
  return how_.inspection_system != nullptr && how_.protocols.terminal_authentication &&
         how_.policy.terminal_authentication != Demand::Never;
}

// A chip that does not let this inspection system in is no less genuine for that, unless the policy says so.
void InspectionRun::tell_of_terminal(const base::Findings& findings) {
  for (base::Finding finding : findings.list()) {
    if (how_.policy.terminal_authentication != Demand::Always) {
      finding.severity = std::min(finding.severity, base::Severity::Warn);
    }
    report_.findings.add(std::move(finding));
  }
}

void InspectionRun::terminal_authentication() {
  constexpr std::string_view kStep = "terminal_authentication";
  if (!wants_terminal_authentication()) return;
  bool passed = false;
  const bool unbroken = guarded(kStep, [&] {
    const base::Findings findings = how_.protocols.terminal_authentication(*secured_, *how_.inspection_system,
                                                                           trust_points_, id_picc_, terminal_key_);
    tell_of_terminal(findings);
    passed = !findings.failed();
    return passed ? StepResult::Passed : StepResult::Failed;
  });
  if (unbroken && passed) read_under_rights();
}

void InspectionRun::read_under_rights() {
  guarded("read", [&] {
    read_with_rights();
    return StepResult::Passed;
  });
}

// What the chip kept until now it has no reason to keep any more.
void InspectionRun::read_with_rights() {
  has_rights_ = true;
  unread_.may_be_refused.clear();
  FileReader reader(*secured_);
  for (const int number : std::exchange(unread_.refused, {})) read_group(number, reader);
  read_fingers();
}

// EF.DG3 and EF.DG4, as far as the certificate gives the right. What was read is judged like every other group.
void InspectionRun::read_fingers() {
  const cvc::format::Rights rights = how_.inspection_system->inspection_system.body.chat.rights();
  FileReader reader(*secured_);
  for (const auto& [number, allowed] : {std::pair{3, rights.fingerprints}, std::pair{4, rights.iris}}) {
    if (!allowed || !passive_.signed_hashes.contains(number)) continue;
    read_group(number, reader);
    const bool told = unread_.refused.contains(number) || unread_.failed.contains(number);
    if (!told && !files_.contains(lds::data_group(number)->id)) unread_.absent.insert(number);
  }
}

}  // namespace inspection
