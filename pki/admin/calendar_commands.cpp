#include "pki/admin/calendar_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/calendar.h"
#include "pki/admin/show.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

constexpr std::string_view kDoing = "making the calendar";

// The day in Viet Nam on which the calendar is looked at, at noon.
base::Moment seen_at(const cli::Arguments& arguments, const World& world) {
  if (!arguments.has("as-of")) return world.clock.now();
  const auto day = base::parse_iso_date(arguments.text("as-of"));
  if (!day) throw base::Error(base::Fault::UsedWrongly, "reading --as-of", "a day is needed, such as 2026-11-23");
  return base::Moment{std::chrono::sys_days{*day}} + std::chrono::hours{5};
}

void take(std::vector<Appointment>& into, std::vector<Appointment> more) {
  into.insert(into.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<Appointment> collect(const cli::Arguments& arguments, const World& world, base::Moment now) {
  std::vector<Appointment> out;
  for (const std::string& folder : arguments.texts("ca")) {
    const CaBook book(std::filesystem::path(folder) / "ca.db", false, world.clock);
    take(out, appointments_of(book, now));
  }
  for (const std::string& file : arguments.texts("certificate")) {
    take(out, appointments_of(certificate_of(base::read_file(file, "reading the certificate", 1U << 20), file)));
  }
  return in_order(std::move(out));
}

cli::Exit run(const cli::Arguments& arguments, const World& world) {
  if (!arguments.has("ca") && !arguments.has("certificate"))
    throw base::Error(base::Fault::UsedWrongly, std::string(kDoing), "give --ca or --certificate, once or more");
  if (arguments.flag("json") && arguments.flag("ics"))
    throw base::Error(base::Fault::UsedWrongly, std::string(kDoing), "--json or --ics, not both");
  const base::Moment now = seen_at(arguments, world);
  const base::Date today = base::date_in_viet_nam(now);
  auto appointments = collect(arguments, world, now);
  if (arguments.has("days")) {
    const base::Date last = base::date_in_viet_nam(now + std::chrono::days{arguments.number("days")});
    std::erase_if(appointments, [&](const Appointment& one) { return one.day > last; });
  }
  if (arguments.flag("json")) {
    std::cout << calendar_json(appointments, today).dump() << "\n";
  } else if (arguments.flag("ics")) {
    std::cout << calendar_ics(appointments, now);
  } else {
    std::cout << calendar_text(appointments, today);
  }
  const bool overdue = std::ranges::any_of(appointments, [&](const Appointment& one) { return one.day < today; });
  return overdue ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

}  // namespace

void add_calendar_verb(cli::Program& program, const World& world) {
  program.verb(
      {.name = "calendar",
       .summary = "Tells when a list, a signer, a key or a certificate has to be renewed; 1 when one is overdue.",
       .positional = {},
       .declare =
           [](boost::program_options::options_description& to) {
             cli::add_texts(to, "ca", "folder of an authority with its ca.db; may be given several times");
             cli::add_texts(to, "certificate", "a certificate (DER or PEM); may be given several times");
             cli::add_text(to, "as-of", "look at it on this day, 2026-11-23; today when left out");
             cli::add_number(to, "days", "only what is due within as many days");
             cli::add_flag(to, "json", "answer as one JSON object");
             cli::add_flag(to, "ics", "answer as iCalendar (RFC 5545)");
           },
       .run = [&world](const cli::Arguments& arguments) { return run(arguments, world); },
       .example = "cccd-pki calendar --ca csca --days 120"});
}

}  // namespace admin
