#pragma once
// cccd-pki ceremony …: custodians approve a plan, it is rehearsed, run and verified.

#include "pki/admin/issued.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_ceremony_verbs(cli::Program& program, const World& world);

}  // namespace admin
