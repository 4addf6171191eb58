#pragma once
// The verb `lint` of cccd-pki: anybody's file against the rules of Doc 9303, and the rules themselves.

#include "pki/base/cli/cli.h"

namespace admin {

void add_lint_verb(cli::Program& program);

}  // namespace admin
