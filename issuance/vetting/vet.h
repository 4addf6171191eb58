#pragma once
// Vetting: the rules applied to one application and the register's answer. The product is a CheckedCase, and only
// vet() makes one: everything later in the flow begins with it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "issuance/vetting/application.h"
#include "issuance/vetting/rules.h"
#include "issuance/vetting/trusted_answer.h"
#include "pki/base/core/clock.h"
#include "pki/base/core/finding.h"

namespace vetting {

struct VettingFinding {
  std::string code;
  Severity severity = Severity::Refuse;
  std::string field;         // of the application
  std::size_t position = 0;  // first character that differs, from 1; 0: no position
  std::string legal, vi, en;
  std::vector<std::string> evidence;  // what the rule looked at
  std::string closing;                // ground on which a card is revoked or held for it, empty: none
  bool operator==(const VettingFinding&) const = default;
};

// What is known besides the application and the answer.
struct Circumstances {
  std::string receiver;             // the person behind the account that took the application in; empty: nobody known
  std::optional<base::Moment> now;  // for the age of an extract; without it that is counted in days
};

enum class Outcome { Passed, Held, Refused };

struct Result {
  std::string rule_set;               // version of the rules that were applied
  std::vector<std::string> evidence;  // all that the applied rules looked at, sorted, unique
  std::string answer_sha256;          // of the registry's signed answer, base64url; empty: it was not asked
  std::int64_t register_version = 0;  // of what the register held under the number
  std::string extract;                // the extract that the answer is an entry of, empty: it was a live answer
  std::vector<VettingFinding> findings;
  Outcome outcome() const;                 // Refused beats Held beats Passed
  std::vector<std::string> codes() const;  // of what stops the case, sorted, unique
  bool operator==(const Result&) const = default;
};

// For reports: refuse, hold and correct-first fail, ask warns, note notes. `where` names the field and position, the
// text is Vietnamese first; no value of a person is in it.
base::Findings to_findings(const Result& result);

class CheckedCase {
 public:
  const std::string& case_id() const { return case_id_; }
  const Application& application() const { return application_; }
  const TrustedAnswer& answer() const { return answer_; }
  const document::Person& person() const { return *answer_.content().person; }
  const Result& result() const { return result_; }
  // Chip serial of the card that this one replaces (the live one, else the newest); empty: none.
  std::string replaces() const;

 private:
  friend std::variant<CheckedCase, Result> vet(std::string, Application, TrustedAnswer, const RuleSet&, base::Date,
                                               const Circumstances&);
  CheckedCase(std::string case_id, Application application, TrustedAnswer answer, Result result)
      : case_id_(std::move(case_id)),
        application_(std::move(application)),
        answer_(std::move(answer)),
        result_(std::move(result)) {}
  std::string case_id_;
  Application application_;
  TrustedAnswer answer_;
  Result result_;
};

// The rules that can be judged before the register is asked. A number that is none is not sent anywhere.
Result check_application(const Application& application, const RuleSet& rules, base::Date today);

// All rules. A CheckedCase when nothing refuses, holds or has to be corrected first.
std::variant<CheckedCase, Result> vet(std::string case_id, Application application, TrustedAnswer answer,
                                      const RuleSet& rules, base::Date today, const Circumstances& around = {});

}  // namespace vetting
