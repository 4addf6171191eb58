#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "pki/admin/calendar.h"

namespace admin {

namespace {

// "2027-02-21" as 20270221
std::string compact(base::Date day) {
  std::string text = base::to_iso(day);
  std::erase(text, '-');
  return text;
}

// RFC 5545 §3.3.11
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\' || c == ';' || c == ',') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

// RFC 5545 §3.1: lines of at most 75 octets, never cut inside a character.
std::string folded(std::string line) {
  constexpr std::size_t kLongest = 75;
  std::string out;
  std::size_t limit = kLongest;
  while (line.size() > limit) {
    std::size_t cut = limit;
    while ((static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
    out += line.substr(0, cut) + "\r\n ";
    line.erase(0, cut);
    limit = kLongest - 1;  // the blank counts
  }
  return out + line + "\r\n";
}

}  // namespace

std::string calendar_text(const std::vector<Appointment>& appointments, base::Date today) {
  std::string out;
  for (const Appointment& one : appointments) {
    out += fmt::format("{}  {:<15}  {}{}: {}\n", base::to_iso(one.day), duty_name(one.duty),
                       one.day < today ? "OVERDUE " : "", one.of, one.text);
  }
  return out;
}

nlohmann::json calendar_json(const std::vector<Appointment>& appointments, base::Date today) {
  nlohmann::json list = nlohmann::json::array();
  for (const Appointment& one : appointments) {
    list.push_back({{"day", base::to_iso(one.day)},
                    {"duty", duty_name(one.duty)},
                    {"of", one.of},
                    {"text", one.text},
                    {"overdue", one.day < today},
                    {"id", one.id}});
  }
  return {{"today", base::to_iso(today)}, {"appointments", std::move(list)}};
}

std::string calendar_ics(const std::vector<Appointment>& appointments, base::Moment stamp) {
  std::string moment = base::to_rfc3339(stamp);
  std::erase(moment, '-');
  std::erase(moment, ':');
  std::string out = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//cccd//cccd-pki calendar//EN\r\n";
  for (const Appointment& one : appointments) {
    out += "BEGIN:VEVENT\r\n";
    out += folded(fmt::format("UID:{}@cccd-pki", one.id));
    out += folded("DTSTAMP:" + moment);
    out += folded("DTSTART;VALUE=DATE:" + compact(one.day));
    out += folded("SUMMARY:" + escaped(fmt::format("{}: {}", duty_name(one.duty), one.of)));
    out += folded("DESCRIPTION:" + escaped(one.text));
    out += "TRANSP:TRANSPARENT\r\nEND:VEVENT\r\n";
  }
  return out + "END:VCALENDAR\r\n";
}

}  // namespace admin
