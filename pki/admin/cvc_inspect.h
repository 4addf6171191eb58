#pragma once
// cccd-pki cvc show|verify.

#include "pki/admin/ceremony.h"
#include "pki/base/cli/cli.h"
#include "pki/cvc/format/chat.h"

namespace admin {

void add_cvc_inspect_verbs(cli::Program& program, const World& world);

// DG3 and DG4, given each by name, or none; `otherwise` when the option is not there. Error{UsedWrongly} for another
// word.
cvc::format::Rights rights_of(const cli::Arguments& arguments, const char* option, cvc::format::Rights otherwise);
// The same from a list of words; nullopt for another word.
std::optional<cvc::format::Rights> rights_from(const std::vector<std::string>& words);

}  // namespace admin
