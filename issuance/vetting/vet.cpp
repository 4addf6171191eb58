#include "issuance/vetting/vet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "issuance/vetting/predicates.h"
#include "pki/base/core/error.h"
#include "pki/evidence/statement.h"

namespace vetting {

namespace {

// Who confirmed what about the person, and is it enough (issuance/attestation)? A shortfall waits for a confirmation.
void judge_attestations(const Facts& facts, Result& result, std::set<std::string>& evidence) {
  if (facts.answer == nullptr || !facts.answer->person) return;
  const std::vector<std::string> looked_at{"register.attestations", "station.receiver"};
  evidence.insert(looked_at.begin(), looked_at.end());
  for (const attestation::Shortfall& shortfall :
       attestation::judge(facts.answer->attestations, facts.receiver, facts.today, facts.rules.attestations())) {
    result.findings.push_back({.code = shortfall.code,
                               .severity = Severity::Hold,
                               .field = "number",
                               .position = 0,
                               .legal = shortfall.legal,
                               .vi = shortfall.vi,
                               .en = shortfall.en,
                               .evidence = looked_at,
                               .closing = {}});
  }
}

Result apply(const Facts& facts) {
  Result result{.rule_set = facts.rules.version(),
                .evidence = {},
                .answer_sha256 = {},
                .register_version = 0,
                .extract = {},
                .findings = {}};
  std::set<std::string> evidence;
  for (const Rule& rule : facts.rules.rules()) {
    if (!rule.in_force(facts.today) || (rule.needs_answer && facts.answer == nullptr)) continue;
    evidence.insert(rule.evidence.begin(), rule.evidence.end());
    const auto broken = predicate(rule.id)(facts);
    if (!broken) continue;
    result.findings.push_back({.code = rule.id,
                               .severity = rule.severity,
                               .field = rule.field,
                               .position = broken->position,
                               .legal = rule.legal,
                               .vi = rule.vi,
                               .en = rule.en,
                               .evidence = rule.evidence,
                               .closing = rule.closing});
  }
  judge_attestations(facts, result, evidence);
  result.evidence.assign(evidence.begin(), evidence.end());
  return result;
}

// Whole hours begun; negative when the answer was given later than now.
std::chrono::hours age_of(const document::RegistryAnswer& answer, base::Date today, const Circumstances& around) {
  if (around.now) return std::chrono::floor<std::chrono::hours>(*around.now - answer.at);
  return std::chrono::sys_days(today) - std::chrono::sys_days(base::date_in_viet_nam(answer.at));
}

}  // namespace

Outcome Result::outcome() const {
  Outcome worst = Outcome::Passed;
  for (const VettingFinding& finding : findings) {
    if (finding.severity == Severity::Refuse) return Outcome::Refused;
    if (stops(finding.severity)) worst = Outcome::Held;
  }
  return worst;
}

std::vector<std::string> Result::codes() const {
  std::set<std::string> codes;
  for (const VettingFinding& finding : findings) {
    if (stops(finding.severity)) codes.insert(finding.code);
  }
  return {codes.begin(), codes.end()};
}

base::Findings to_findings(const Result& result) {
  base::Findings findings;
  for (const VettingFinding& finding : result.findings) {
    std::string where = finding.field;
    if (finding.position != 0) where += fmt::format(", ký tự {} / character {}", finding.position, finding.position);
    const auto severity = stops(finding.severity)             ? base::Severity::Fail
                          : finding.severity == Severity::Ask ? base::Severity::Warn
                                                              : base::Severity::Note;
    findings.add({.code = finding.code,
                  .severity = severity,
                  .where = std::move(where),
                  .text = fmt::format("{} / {} ({})", finding.vi, finding.en, finding.legal)});
  }
  return findings;
}

std::string CheckedCase::replaces() const {
  const Reason* reason = RuleSet::shipped().reason(application_.reason);
  base::ensure(reason != nullptr, "an application's reason is one of the rule set's");
  const auto& cards = answer_.content().cards;
  if (reason->replaces == Replaces::None || cards.empty()) return {};
  const auto live = std::ranges::find_if(cards, [](const auto& card) { return card.status == "active"; });
  return live != cards.end() ? live->chip_serial : cards.back().chip_serial;
}

Result check_application(const Application& application, const RuleSet& rules, base::Date today) {
  return apply({.application = application, .answer = nullptr, .rules = rules, .case_id = {}, .today = today});
}

std::variant<CheckedCase, Result> vet(std::string case_id, Application application, TrustedAnswer answer,
                                      const RuleSet& rules, base::Date today, const Circumstances& around) {
  Result result = apply({.application = application,
                         .answer = &answer.content(),
                         .rules = rules,
                         .case_id = case_id,
                         .today = today,
                         .extract_age = age_of(answer.content(), today, around),
                         .receiver = around.receiver});
  result.answer_sha256 = evidence::sha256_text(answer.jws());
  result.register_version = answer.content().version;
  result.extract = answer.content().extract;
  const bool known = answer.content().person.has_value();
  if (result.outcome() != Outcome::Passed || !known) {
    base::ensure(result.outcome() != Outcome::Passed, "a person whom the register does not know breaks a rule");
    return result;
  }
  return CheckedCase(std::move(case_id), std::move(application), std::move(answer), std::move(result));
}

}  // namespace vetting
