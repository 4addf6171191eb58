#pragma once
// The vetting rules and the reasons for a card, as data (rules.toml): what is looked at, what becomes of the case, on
// which law it rests, what the officer reads. The predicates themselves are code, one an id.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "issuance/attestation/sufficiency.h"
#include "pki/base/core/clock.h"

namespace vetting {

inline constexpr std::string_view kAdultForm = "adult-2024";  // TT 16/2024: holders from six years on
inline constexpr std::string_view kChildForm = "child-2024";  // TT 16/2024: younger holders, without portrait

inline constexpr std::string_view kLost = "RE-LOST";  // the reason: the old card was lost

enum class Severity { Refuse, Hold, CorrectFirst, Ask, Note };
std::string_view severity_name(Severity severity);  // "refuse", "hold", "correct-first", "ask", "note"
bool stops(Severity severity);                      // refuse, hold, correct-first

struct Rule {
  std::string id;  // the finding's code
  Severity severity = Severity::Refuse;
  bool needs_answer = true;
  std::string field;                  // of the application
  std::vector<std::string> evidence;  // what it looks at: "claim.full_name", "register.person", "table.provinces", …
  std::string legal, vi, en;
  base::Date since;
  std::optional<base::Date> until;  // last day in force
  std::string closing;              // code of the ground on which a card is revoked or held for it, empty: none
  bool in_force(base::Date day) const { return since <= day && (!until || day <= *until); }
};

enum class Replaces { None, Active, Any, Optional };

// What becomes of the old card when the new one is handed over.
enum class OldCard { None, Withdraw };

struct Reason {
  std::string code;  // "NEW-14"
  Replaces replaces = Replaces::None;
  OldCard old_card = OldCard::None;
  std::optional<int> age_from, age_below;  // completed years
  bool milestone = false;                  // only around the end of the live card (Đ21)
  std::string legal, vi, en;
};

// A ground on which a card is taken out of its holder's hands (Luật 26/2023 Đ29).
struct Closing {
  enum class Act { Revoke, Hold };
  std::string code;  // "REV-NAT", "HOLD-PRISON"
  Act act = Act::Revoke;
  std::string legal, vi, en;
};

struct Limits {
  long portrait_least_width = 0, portrait_least_height = 0, portrait_most_pixels = 0;  // pixels
  long portrait_most_bytes = 0;
  long finger_least_side = 0, finger_most_side = 0;  // pixels
  long finger_most_bytes = 0;
  long dg13_longest_text = 0;   // bytes of UTF-8
  long extract_most_hours = 0;  // age of the extract that is still judged by
};

class RuleSet {
 public:
  // What this release ships. Parsed once.
  static const RuleSet& shipped();
  // Strict: an unknown key, an unknown id, a rule twice or a missing sentence is Error{FixConfiguration} with
  // `origin`:line.
  static RuleSet parse(std::string_view toml, std::string_view origin);
  // For asking what a rule is worth: the same set without it, be it one of ours or one of attestations().
  RuleSet without(std::string_view id) const;

  // Of these rules and of the attestations': "2027.01+2026.11".
  const std::string& version() const { return version_; }
  // When confirmations are enough; a shortfall holds the case.
  const attestation::Rules& attestations() const { return attestations_; }
  const std::vector<Rule>& rules() const { return rules_; }
  const std::vector<Reason>& reasons() const { return reasons_; }
  const std::vector<Closing>& closings() const { return closings_; }
  const Limits& limits() const { return limits_; }
  base::Date units_reorganized() const { return units_reorganized_; }  // cards issued from then on name the 34 units
  bool leaves_nationality_open(std::string_view nationality) const;  // as registers write it: "Chưa xác định", …
  const Rule* rule(std::string_view id) const;                       // nullptr: no such rule
  const Reason* reason(std::string_view code) const;                 // nullptr: no such reason
  const Closing* closing(std::string_view code) const;               // nullptr: no such ground

 private:
  std::string version_;
  attestation::Rules attestations_;
  std::vector<Rule> rules_;
  std::vector<Reason> reasons_;
  std::vector<Closing> closings_;
  std::vector<std::string> open_nationalities_;
  base::Date units_reorganized_;
  Limits limits_;
};

}  // namespace vetting
