#include "smartcard/inspection/verdict.h"

#include <algorithm>
#include <array>

namespace inspection {

namespace {

// Findings of severity fail that leave the question open instead of answering it: nothing is known against the card.
constexpr std::array<std::string_view, 6> kUndecided{"CARD_STATUS_TOO_OLD", "CLOCK_BELOW_FLOOR",
                                                     "NO_TRUST_ANCHOR",     "OPTICAL_MRZ_UNREADABLE",
                                                     "PASSWORD_MISSING",    "REVOCATION_TOO_OLD"};

struct Case {
  bool fails = false;      // a demanded check failed
  bool undecided = false;  // something of ours was missing to judge it
  Facts facts;
};

struct Rule {
  bool (*applies)(const Case&);
  Verdict verdict;
};

// The first line that applies decides.
constexpr std::array kRules{
    Rule{[](const Case& c) { return c.fails; }, Verdict::NotGenuine},
    Rule{[](const Case& c) { return c.undecided; }, Verdict::Undecided},
    Rule{[](const Case& c) { return !c.facts.passive_authentication_passed; }, Verdict::NotGenuine},
    Rule{[](const Case& c) { return !c.facts.chip_asked; }, Verdict::DataAuthentic},
    Rule{[](const Case& c) { return c.facts.chip_proven; }, Verdict::Genuine},
    Rule{[](const Case& c) { return !c.facts.chip_proven; }, Verdict::ChipNotProven},
};

bool leaves_open(const std::string& code) {
  return std::ranges::find(kUndecided, code) != kUndecided.end();
}

Verdict decide(const Case& found) {
  for (const Rule& rule : kRules) {
    if (rule.applies(found)) return rule.verdict;
  }
  return Verdict::NotGenuine;
}

}  // namespace

void conclude(const Facts& facts, Report& report) {
  const auto reasons = report.reasons();
  Case found{.facts = facts};
  found.undecided = std::ranges::any_of(reasons, leaves_open);
  found.fails = !std::ranges::all_of(reasons, leaves_open);
  report.verdict = decide(found);
  if (!reasons.empty()) return;
  if (report.verdict == Verdict::ChipNotProven) {
    report.findings.fail(
        "CHIP_NOT_PROVEN", "chip",
        "The data are authentic, but no key that they bind has proven that this chip is the original.");
  } else if (report.verdict == Verdict::NotGenuine) {
    report.findings.fail("PASSIVE_AUTHENTICATION_FAILED", "EF.SOD", "Passive authentication did not pass.");
  }
}

}  // namespace inspection
