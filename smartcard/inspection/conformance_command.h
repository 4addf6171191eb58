#pragma once
// cccd-verify conformance: the chip's rows of the negative catalogue, against the card in a reader.

#include <boost/program_options/options_description.hpp>

#include "pki/base/cli/cli.h"

namespace inspection {

void declare_conformance(boost::program_options::options_description& to);
cli::Exit run_conformance(const cli::Arguments& arguments);

}  // namespace inspection
