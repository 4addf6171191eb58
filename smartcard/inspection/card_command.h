#pragma once
// cccd-verify card: one card, or a gate with --watch.

#include <boost/program_options/options_description.hpp>

#include "pki/base/cli/cli.h"

namespace inspection {

void declare_card(boost::program_options::options_description& to);
cli::Exit verify_card(const cli::Arguments& arguments);

}  // namespace inspection
