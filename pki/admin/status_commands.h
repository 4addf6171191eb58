#pragma once
// cccd-pki status make.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

void add_status_verbs(cli::Program& program, const World& world);

}  // namespace admin
