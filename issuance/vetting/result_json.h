#pragma once
// A vetting's result as JSON: for reports, and for keeping it with its case.

#include <nlohmann/json_fwd.hpp>

#include "issuance/vetting/vet.h"

namespace vetting {

// {"rule_set", "evidence", "answer_sha256", "register_version", "extract", "findings": [{"code", "severity", "field",
// "position", "legal", "vi", "en", "evidence", "closing"}]}. No value of a person is in it.
nlohmann::json to_json(const Result& result);

// Error{TreatAsAttack} when it is not what to_json() writes: somebody wrote into the store.
Result result_from_json(const nlohmann::json& json);

}  // namespace vetting
