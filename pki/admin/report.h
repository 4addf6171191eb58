#pragma once
// What a ceremony tells its administrator.

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// What was made, or why nothing was; the exit code says the same.
cli::Exit report(const Issued& issued, const std::vector<std::filesystem::path>& files, bool as_json);

nlohmann::json findings_json(const base::Findings& findings);  // array of {code, severity, where, text}
std::string findings_text(const base::Findings& findings);     // one line each

}  // namespace admin
