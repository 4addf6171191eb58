#pragma once
// The verbs `pack make|verify` of cccd-pki (docs/formats/trust-pack.md).

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_pack_verbs(cli::Program& program, const World& world);

}  // namespace admin
