#pragma once
// A Vietnamese card for tests, of published sample data, signed with the test keys of sod.json.

#include <string>

#include "smartcard/lds/lds.h"
#include "tests/judge/forge.h"

namespace sample {

// EF.COM, DG1, DG2, DG13, DG15 and EF.SOD.
lds::Files card();
std::string mrz();  // three lines with line ends, as an optical reader gives them

// The same files, signed again (by `sod`, whose hashes are filled in) after a test changed them.
lds::Files sign_again(lds::Files files, forge::Sod sod = {});

}  // namespace sample
