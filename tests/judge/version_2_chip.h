#pragma once
// The full chip with version 2 of terminal and chip authentication in EF.CardAccess and EF.CardSecurity (TR-03110-3
// A.1.1.2), and with nothing of version 1 in EF.DG14: what proves it and opens the fingers is version 2 alone.

#include "tests/judge/forge.h"
#include "tests/judge/full_chip.h"

namespace full_chip {

struct Version2Chip {
  simulator::State state = made();
  lds::SecurityInfos infos;  // of EF.CardSecurity; EF.CardAccess has them without the key

  Version2Chip();
  void write(forge::Sod how = {});  // both files, signed as `how` has it
};

}  // namespace full_chip
