#pragma once
// The verbs `crl issue|revoke|show` of cccd-pki.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_crl_verbs(cli::Program& program, const World& world);

}  // namespace admin
