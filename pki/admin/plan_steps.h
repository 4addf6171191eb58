#pragma once
// Inside of read_plan(): the steps, by what they do, and the files beside the plan.

#include "pki/admin/plan.h"
#include "pki/base/toml/strict_toml.h"

namespace admin {

// What the ceremony itself writes beside the steps' files.
inline constexpr const char* kMinutesFile = "minutes.jws";
inline constexpr const char* kMinutesText = "minutes.txt";
inline constexpr const char* kJournalFile = "journal.txt";

std::string plan_name(const strict_toml::Table& table);  // its "name": 1 to 40 of a-z 0-9 -

// The next step; the earlier ones stand in `plan` already.
Step read_step(const strict_toml::Table& table, const Plan& plan);

// Fills `reads` and `whole_sha256`. Error{FixConfiguration} that names the line and the step.
void read_named_files(Plan& plan, const std::filesystem::path& file);

}  // namespace admin
