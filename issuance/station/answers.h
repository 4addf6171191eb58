#pragma once
// What officers read: Vietnamese first, then English; with --json one object on standard output.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "issuance/cases/refusal.h"
#include "issuance/cases/store.h"
#include "issuance/station/station.h"
#include "pki/base/core/finding.h"
#include "smartcard/inspection/report.h"

namespace station {

nlohmann::json to_json(const base::Finding& finding);

// {"case", "state", "order_sha256", "rule_set", "findings"}, or the NOT ISSUED report when a finding fails.
nlohmann::json to_json(const StepAnswer& answer);
std::string to_text(const StepAnswer& answer);
std::string to_text(const base::Findings& findings);  // a line each

std::string to_text(const inspection::Report& report);

// The content of form CC03.
nlohmann::json to_json(const cases::RefusalNotice& notice);
std::string to_text(const cases::RefusalNotice& notice);

// "đã duyệt / approved by two officers"
std::string state_text(const std::string& state);

// One case for the officers who decide on it: who asks for what, where it stands, who did what. Images and the
// contact are left out.
nlohmann::json show_case(cases::CaseStore& store, const std::string& case_id);
std::string show_case_text(cases::CaseStore& store, const std::string& case_id);

}  // namespace station
