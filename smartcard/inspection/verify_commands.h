#pragma once
// The commands of cccd-verify.

#include "pki/base/cli/cli.h"

namespace inspection {

void add_verify_commands(cli::Program& program);

}  // namespace inspection
