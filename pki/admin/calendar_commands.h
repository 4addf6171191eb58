#pragma once
// The verb `calendar` of cccd-pki.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_calendar_verb(cli::Program& program, const World& world);

}  // namespace admin
