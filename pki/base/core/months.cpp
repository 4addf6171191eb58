#include "pki/base/core/months.h"

namespace base {

Moment add_months(Moment moment, int months) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  Date date = Date(day) + std::chrono::months(months);
  if (!date.ok()) date = date.year() / date.month() / std::chrono::last;
  return std::chrono::sys_days(date) + (moment - day);
}

}  // namespace base
