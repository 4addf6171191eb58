#pragma once
// The vetting rules and the reasons for a card, as data (rules.toml): what is looked at, what becomes of the case, on
// which law it rests, what the officer reads. The predicates themselves are code, one an id.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/clock.h"

namespace vetting {

inline constexpr std::string_view kAdultForm = "adult-2024";  // TT 16/2024: holders from six years on

inline constexpr std::string_view kLost = "RE-LOST";  // the reason: the old card was lost

enum class Severity { Refuse, Hold, CorrectFirst, Ask, Note };
std::string_view severity_name(Severity severity);  // "refuse", "hold", "correct-first", "ask", "note"
bool stops(Severity severity);                      // refuse, hold, correct-first

struct Rule {
  std::string id;  // the finding's code
  Severity severity = Severity::Refuse;
  bool needs_answer = true;
  std::string field;  // of the application
  std::string legal, vi, en;
  base::Date since;
};

enum class Replaces { None, Active, Any, Optional };

struct Reason {
  std::string code;  // "NEW-14"
  Replaces replaces = Replaces::None;
  std::optional<int> age_from, age_below;  // completed years
  bool milestone = false;                  // only around the end of the live card (Đ21)
  std::string legal, vi, en;
};

struct Limits {
  long portrait_least_width = 0, portrait_least_height = 0, portrait_most_pixels = 0;  // pixels
  long portrait_most_bytes = 0;
};

class RuleSet {
 public:
  // What this release ships. Parsed once.
  static const RuleSet& shipped();
  // Strict: an unknown key, an unknown id, a rule twice or a missing sentence is Error{FixConfiguration} with
  // `origin`:line.
  static RuleSet parse(std::string_view toml, std::string_view origin);
  // For asking what a rule is worth: the same set without it.
  RuleSet without(std::string_view id) const;

  const std::string& version() const { return version_; }
  const std::vector<Rule>& rules() const { return rules_; }
  const std::vector<Reason>& reasons() const { return reasons_; }
  const Limits& limits() const { return limits_; }
  const Reason* reason(std::string_view code) const;  // nullptr: no such reason

 private:
  std::string version_;
  std::vector<Rule> rules_;
  std::vector<Reason> reasons_;
  Limits limits_;
};

}  // namespace vetting
