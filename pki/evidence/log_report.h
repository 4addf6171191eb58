#pragma once
// A log as people and scripts read it: what `log show` and `log verify` of the programs print.

#include <filesystem>
#include <ostream>

#include "pki/base/core/bytes.h"
#include "pki/base/core/finding.h"
#include "pki/evidence/log.h"

namespace evidence {

// Every entry, oldest first: one line each, or the entries themselves as JSON lines. Throws as each_entry().
void print_log(const std::filesystem::path& folder, bool as_json, std::ostream& out);

// verify_log() in words, or as one object {"sound", "findings"}; whether the log is sound.
bool print_verification(const std::filesystem::path& folder, base::ByteView owner_public_key, const Audit& audit,
                        bool as_json, std::ostream& out);

void print_findings(const base::Findings& findings, std::ostream& out);  // one line each

}  // namespace evidence
