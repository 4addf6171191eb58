#pragma once
// When are statements about a person enough for a card? Rules as data (sufficiency.toml), a pure function over what the
// register's answer tells. Vetting holds a case by it, and the signer judges the same answer by it again.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/clock.h"
#include "smartcard/document/registry_answer.h"

namespace attestation {

enum class When {
  Always,
  Stated,    // at least one statement of the rule's kinds is there
  Late,      // a statement speaks of a late registration
  Receiver,  // the officer who took the application stated something
};

struct Rule {
  std::string id;  // the shortfall's code
  When when = When::Always;
  std::vector<std::string> of;        // kinds of statement it counts
  std::size_t least = 0;              // so many statements, pairwise apart
  std::vector<std::string> apart;     // in "officer", "office", "force"
  std::vector<std::string> not_only;  // at least one statement of another force than these
  bool record = false;                // at least one on a record, by a force that keeps such records
  bool again = false;                 // every other rule again, without what the receiver stated
  std::string legal, vi, en;
  base::Date since;
  std::optional<base::Date> until;  // first day on which it no longer applies
};

class Rules {
 public:
  // What this release ships. Parsed once.
  static const Rules& shipped();
  // Strict; Error{FixConfiguration} with `origin`:line.
  static Rules parse(std::string_view toml, std::string_view origin);
  // For asking what a rule is worth: the same rules without it (it must be there: ensure).
  Rules without(std::string_view id) const;

  const std::string& version() const { return version_; }
  const std::vector<Rule>& all() const { return rules_; }
  bool keeps(const std::string& force, const std::string& evidence) const;

 private:
  std::string version_;
  std::vector<Rule> rules_;
  std::map<std::string, std::vector<std::string>> keepers_;  // evidence → forces
};

struct Shortfall {
  std::string code;  // CITIZENSHIP_NOT_ATTESTED, BIRTH_NOT_ATTESTED, CITIZENSHIP_COMMUNE_ALONE,
                     // CITIZENSHIP_ONE_OFFICER, CITIZENSHIP_BY_RECEIVER, LATE_ONE_SOURCE, RECORD_NOT_ATTESTED
  std::string legal, vi, en;
  bool operator==(const Shortfall&) const = default;
};

// receiver: the person (not the account) who took the application, empty when nobody knows: then the rule about the
// receiver cannot be judged, and whoever asks must refuse for that (the signer's OFFICER_NOT_TRUSTED). No shortfall:
// the statements are enough.
std::vector<Shortfall> judge(std::span<const document::Attested> attestations, std::string_view receiver,
                             base::Date today, const Rules& rules = Rules::shipped());

}  // namespace attestation
