#pragma once
// The verbs of cccd-pki.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
cli::Program make_program(const World& world);

}  // namespace admin
