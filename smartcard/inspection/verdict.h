#pragma once
// The verdict as a table over what was found. It fails closed: a case that no line foresees is NOT GENUINE, and only
// one line says GENUINE.

#include "smartcard/inspection/report.h"

namespace inspection {

struct Facts {
  bool passive_authentication_passed = false;
  bool chip_asked = false;   // a chip stood at the other end; false for a folder of files
  bool chip_proven = false;  // AA, CA or CAM passed with a key that passive authentication bound
};

// May add the finding that says why (CHIP_NOT_PROVEN, PASSIVE_AUTHENTICATION_FAILED), so that every verdict that is not
// acceptable has a reason.
void conclude(const Facts& facts, Report& report);

}  // namespace inspection
