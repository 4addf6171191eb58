#pragma once
// Vetting: the rules applied to one application and the register's answer. The product is a CheckedCase, and only
// vet() makes one: everything later in the flow begins with it.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "issuance/vetting/application.h"
#include "issuance/vetting/rules.h"
#include "issuance/vetting/trusted_answer.h"
#include "pki/base/core/finding.h"

namespace vetting {

struct VettingFinding {
  std::string code;
  Severity severity = Severity::Refuse;
  std::string field;         // of the application
  std::size_t position = 0;  // first character that differs, from 1; 0: no position
  std::string legal, vi, en;
  bool operator==(const VettingFinding&) const = default;
};

enum class Outcome { Passed, Held, Refused };

struct Result {
  std::string rule_set;  // version of the rules that were applied
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
  friend std::variant<CheckedCase, Result> vet(std::string, Application, TrustedAnswer, const RuleSet&, base::Date);
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
                                      const RuleSet& rules, base::Date today);

}  // namespace vetting
