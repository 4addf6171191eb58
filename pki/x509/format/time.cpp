#include "pki/x509/format/time.h"

#include <fmt/format.h>

namespace x509::format {

namespace {

constexpr asn1::Tag kUtcTime = 0x17;
constexpr asn1::Tag kGeneralizedTime = 0x18;
constexpr int kFirstGeneralizedYear = 2050;

std::string fourteen_digits(base::Moment moment) {
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(moment - day);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

int number(std::string_view digits, std::size_t from, std::size_t count) {
  int value = 0;
  for (const char digit : digits.substr(from, count)) {
    if (digit < '0' || digit > '9') throw asn1::Malformed("a time has something that is no digit");
    value = value * 10 + (digit - '0');
  }
  return value;
}

base::Moment moment_of(std::string_view text) {
  if (text.size() != 15 || text[14] != 'Z') throw asn1::Malformed("a time is not written in whole seconds with Z");
  const std::chrono::year_month_day date{std::chrono::year(number(text, 0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(text, 4, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(text, 6, 2)))};
  const int hour = number(text, 8, 2), minute = number(text, 10, 2), second = number(text, 12, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) throw asn1::Malformed("a time does not exist");
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

}  // namespace

base::Bytes generalized_time_text(base::Moment moment) {
  return base::bytes_of(fourteen_digits(moment) + "Z");
}

base::Bytes encode_time(base::Moment moment) {
  const std::string digits = fourteen_digits(moment);
  if (number(digits, 0, 4) >= kFirstGeneralizedYear)
    return asn1::TlvWriter{}.put(kGeneralizedTime, digits + "Z").take();
  return asn1::TlvWriter{}.put(kUtcTime, digits.substr(2) + "Z").take();
}

base::Moment parse_generalized_time(base::ByteView text) {
  return moment_of(base::text_of(text));
}

base::Moment parse_time(const asn1::Tlv& element) {
  const std::string text = base::text_of(element.value);
  if (element.tag == kUtcTime) {
    // RFC 5280 §4.1.2.5.1: 50…99 are years of the last century.
    return moment_of((number(text, 0, 2) >= 50 ? "19" : "20") + text);
  }
  if (element.tag != kGeneralizedTime) throw asn1::Malformed("a time is neither UTCTime nor GeneralizedTime");
  if (number(text, 0, 4) < kFirstGeneralizedYear)
    throw asn1::Malformed("a time before 2050 is written as GeneralizedTime");
  return moment_of(text);
}

}  // namespace x509::format
