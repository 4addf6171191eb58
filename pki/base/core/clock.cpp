#include "pki/base/core/clock.h"

#include <fmt/format.h>

#include <algorithm>

#include "pki/base/core/error.h"

namespace base {

namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::year;

// The day this release was made. A clock that stands before it is wrong (empty battery, fresh machine).
constexpr Moment kReleaseDay = std::chrono::sys_days{year{2026} / 11 / 1};

std::optional<unsigned> number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return digits.empty() ? std::nullopt : std::optional(value);
}

std::optional<Date> existing(std::string_view y, std::string_view m, std::string_view d) {
  const auto yy = number(y), mm = number(m), dd = number(d);
  if (!yy || !mm || !dd) return std::nullopt;
  const Date date{year{static_cast<int>(*yy)}, month{*mm}, day{*dd}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

int y(Date date) {
  return static_cast<int>(date.year());
}
unsigned m(Date date) {
  return static_cast<unsigned>(date.month());
}
unsigned d(Date date) {
  return static_cast<unsigned>(date.day());
}

}  // namespace

Date date_in_viet_nam(Moment moment) {
  return std::chrono::floor<std::chrono::days>(moment + std::chrono::hours{7});
}

Date Clock::today() const {
  return date_in_viet_nam(now());
}

Moment SystemClock::now() const {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (now < kReleaseDay) {
    throw Error(Fault::FixConfiguration, "reading the machine's clock",
                fmt::format("it says {}, before this release was made ({}); set the clock and try again",
                            to_rfc3339(now), to_iso(date_in_viet_nam(kReleaseDay))));
  }
  return now;
}

std::string to_rfc3339(Moment moment) {
  const auto days = std::chrono::floor<std::chrono::days>(moment);
  const Date date{days};
  const std::chrono::hh_mm_ss time{moment - days};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", y(date), m(date), d(date), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

std::optional<Moment> parse_rfc3339(std::string_view text) {
  if (text.size() != 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z')
    return std::nullopt;
  const auto date = parse_iso_date(text.substr(0, 10));
  const auto hours = number(text.substr(11, 2)), minutes = number(text.substr(14, 2)),
             seconds = number(text.substr(17, 2));
  if (!date || !hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59) return std::nullopt;
  return std::chrono::sys_days{*date} + std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
         std::chrono::seconds{*seconds};
}

std::string to_iso(Date date) {
  return fmt::format("{:04}-{:02}-{:02}", y(date), m(date), d(date));
}

std::optional<Date> parse_iso_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return existing(text.substr(0, 4), text.substr(5, 2), text.substr(8, 2));
}

std::string to_vietnamese(Date date) {
  return fmt::format("{:02}/{:02}/{:04}", d(date), m(date), y(date));
}

std::optional<Date> parse_vietnamese_date(std::string_view text) {
  if (text.size() != 10 || text[2] != '/' || text[5] != '/') return std::nullopt;
  return existing(text.substr(6, 4), text.substr(3, 2), text.substr(0, 2));
}

std::string to_compact(Date date) {
  return fmt::format("{:02}{:02}{:04}", d(date), m(date), y(date));
}

Date make_date(int yy, unsigned mm, unsigned dd) {
  const Date date{year{yy}, month{mm}, day{dd}};
  ensure(date.ok(), "a date written in the code exists");
  return date;
}

Date add_years(Date date, int years) {
  Date later = date + std::chrono::years{years};
  if (!later.ok()) later = later.year() / later.month() / std::chrono::last;
  return later;
}

int age_at(Date birth, Date on) {
  const int years = y(on) - y(birth);
  return add_years(birth, years) <= on ? years : years - 1;
}

}  // namespace base
