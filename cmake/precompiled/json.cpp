#include "cmake/precompiled/json.h"

CCCD_JSON_CODE();
