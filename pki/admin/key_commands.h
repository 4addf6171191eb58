#pragma once
// cccd-pki key list, generate, retire: the keys of a token.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_key_verbs(cli::Program& program, const World& world);

}  // namespace admin
