#pragma once
// The verbs `trust import|list|distrust` of cccd-pki (docs/formats/trust-store.md).

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_trust_verbs(cli::Program& program, const World& world);

}  // namespace admin
