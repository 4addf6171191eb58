#pragma once
// The verbs `masterlist create|show|verify|diff` of cccd-pki (docs/formats/master-list.md).

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"

namespace admin {

// The world must outlive the program.
void add_masterlist_verbs(cli::Program& program, const World& world);

}  // namespace admin
