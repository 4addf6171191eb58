#pragma once
// A log as people and scripts read it: what `log show` and `log verify` of the programs print.

#include <filesystem>
#include <ostream>

#include "pki/base/core/bytes.h"

namespace evidence {

// Every entry, oldest first: one line each, or the entries themselves as JSON lines. Throws as each_entry().
void print_log(const std::filesystem::path& folder, bool as_json, std::ostream& out);

// verify_log() in words, or as one object {"sound", "findings"}; whether the log is sound.
bool print_verification(const std::filesystem::path& folder, base::ByteView owner_public_key, bool as_json,
                        std::ostream& out);

}  // namespace evidence
