#pragma once
// What a command is called, and how much of it a log may show.

#include <string_view>

#include "smartcard/apdu/apdu.h"

namespace transport {

// "READ BINARY"; "command" for an instruction that this house does not use.
std::string_view command_name(const apdu::Command& command);

// Secure messaging of ISO 7816-4 (CLA b4 b3) or of GlobalPlatform (CLA b3): nothing but the status word is shown.
bool is_protected(const apdu::Command& command);

// Only commands known to carry neither keys nor persons may be shown in full; everything else shows its header and its
// length. The same for answers (READ BINARY carries persons, GET CHALLENGE does not).
bool may_show_data(const apdu::Command& command);
bool may_show_answer(const apdu::Command& command);

}  // namespace transport
