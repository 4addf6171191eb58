#pragma once
// cccd-signer's commands.

#include "pki/base/cli/cli.h"

namespace signing {

cli::Program signer_program();

// serve.cpp
cli::Verb serve_verb();

}  // namespace signing
