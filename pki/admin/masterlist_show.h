#pragma once
// Master lists and their differences for people and for scripts (docs/formats/master-list.md).

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "pki/base/core/finding.h"
#include "pki/masterlist/judge/difference.h"

namespace admin {

nlohmann::json describe(const masterlist::judge::MasterList& list, const base::Findings& findings);
std::string describe_text(const masterlist::judge::MasterList& list, const base::Findings& findings);

nlohmann::json describe(const masterlist::judge::Difference& difference);
std::string describe_text(const masterlist::judge::Difference& difference);

}  // namespace admin
