#pragma once
// What form CC03 (TT 17/2024/TT-BCA Đ8: thông báo từ chối giải quyết thủ tục) says of a refused case: to whom, what was
// asked for, why it is refused and on which law. An incomplete file is guided and returned, without the form.

#include <string>
#include <variant>
#include <vector>

#include "issuance/cases/store.h"

namespace cases {

struct RefusalGround {
  std::string code;    // of the rule, empty where an officer gave the reason
  std::string vi, en;  // an officer's own words stand in both
  std::string legal;
};

struct RefusalNotice {
  std::string case_id;
  std::string number, full_name;  // as the application has them
  base::Date birth;
  std::string asked_vi, asked_en, asked_legal;  // what was asked for
  std::string at;                               // RFC 3339
  std::string by;                               // account of the officer; "station" where a rule refuses
  std::string rule_set;                         // of the last vetting, empty: it was not vetted
  std::vector<RefusalGround> grounds;
};

// Finding CASE_NOT_REFUSED in any other state.
std::variant<RefusalNotice, base::Findings> refusal_notice(CaseStore& store, const std::string& case_id);

}  // namespace cases
