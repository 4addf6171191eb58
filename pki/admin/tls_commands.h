#pragma once
// The verbs `tls ca` and `tls issue` of cccd-pki.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_tls_verbs(cli::Program& program, const World& world);

}  // namespace admin
