#pragma once
// Time is passed in. A day is a day in Viet Nam (UTC+7, no summer time); a moment is UTC.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace base {

using Date = std::chrono::year_month_day;
using Moment = std::chrono::sys_seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Moment now() const = 0;
  Date today() const;  // in Viet Nam
};

// The machine's clock. Throws Error{FixConfiguration} when it stands before the day this release was made: a card dated
// then would be wrong for ever, so nothing is done until somebody sets the clock.
class SystemClock final : public Clock {
 public:
  Moment now() const override;
};

class FixedClock final : public Clock {
 public:
  explicit FixedClock(Moment moment) : moment_(moment) {}
  Moment now() const override { return moment_; }
  void set(Moment moment) { moment_ = moment; }

 private:
  Moment moment_;
};

Date date_in_viet_nam(Moment moment);

// RFC 3339, UTC, whole seconds: 2026-11-23T13:48:02Z. Statements carry no other form.
std::string to_rfc3339(Moment moment);
std::optional<Moment> parse_rfc3339(std::string_view text);

// ISO 8601 day, 2026-11-23. Parsing refuses days that do not exist.
std::string to_iso(Date date);
std::optional<Date> parse_iso_date(std::string_view text);

// dd/MM/yyyy, the form printed on the card and kept in DG13; and ddMMyyyy, the form in the QR text.
std::string to_vietnamese(Date date);
std::optional<Date> parse_vietnamese_date(std::string_view text);
std::string to_compact(Date date);

Date make_date(int year, unsigned month, unsigned day);
// Same day and month `years` later; 29 February becomes 28 February in a common year.
Date add_years(Date date, int years);
// Completed years at `on`.
int age_at(Date birth, Date on);

}  // namespace base
