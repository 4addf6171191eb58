#pragma once
// Months, as lifetimes of keys and certificates are counted.

#include "pki/base/core/clock.h"

namespace base {

// The same day of the month so many months later, the last one where there is no such day; the time of day stays.
Moment add_months(Moment moment, int months);

}  // namespace base
