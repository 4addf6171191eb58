#pragma once
// The command line of cccd-chip; docs/man/cccd-chip.1.

#include "pki/base/cli/cli.h"

namespace simulator {

cli::Program chip_program();

}  // namespace simulator
