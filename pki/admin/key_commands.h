#pragma once
// cccd-pki key …: the keys of a token, from their making to their end.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_key_verbs(cli::Program& program, const World& world);

}  // namespace admin
