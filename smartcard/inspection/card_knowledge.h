#pragma once
// What is known of the card before it is read, and the rights of this inspection system, as the command line gives
// them.

#include <boost/program_options/options_description.hpp>
#include <optional>
#include <string>

#include "pki/base/cli/cli.h"
#include "smartcard/access/terminal_authentication.h"

namespace inspection {

// --mrz, --can, --qr, --ask-can, --is-key, --is-password-file, --is-chain.
void declare_knowledge(boost::program_options::options_description& to);

// Six digits (9303-11 §4.4.3.3) out of a file, of the text of the card's QR code, or asked for on the terminal; empty
// when no option gives them. Throws Error{FixConfiguration} for a file that holds none, {UsedWrongly} when there is no
// terminal to ask on or two options give it.
std::string read_can(const cli::Arguments& arguments);
// The three lines; empty where the CAN alone opens the chip. Throws Error{FixConfiguration} for a file that holds none.
std::string read_optional_mrz(const cli::Arguments& arguments, const std::string& can);

using InspectionSystem = std::optional<chip_access::InspectionCredentials>;
// Nothing when this inspection has no rights of its own; a key without certificates, or the other way, is half a thing:
// Error{UsedWrongly}.
InspectionSystem read_inspection_system(const cli::Arguments& arguments);

}  // namespace inspection
