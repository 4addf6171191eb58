#pragma once
// cccd-pki dv serve, is renew.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

void add_dv_service_verbs(cli::Program& program, const World& world);

}  // namespace admin
