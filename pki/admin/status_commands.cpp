#include "pki/admin/status_commands.h"

#include <fmt/format.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "pki/admin/status_list.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace admin {

namespace {

constexpr const char* kDoing = "making a status list";

[[noreturn]] void used_wrongly(const char* seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", seen);
}

std::string country_of(const cli::Arguments& arguments) {
  std::string country = arguments.text_or("country", "VN");
  const bool plain =
      country.size() == 2 && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z';
  if (!plain) used_wrongly("--country is two upper-case letters, as in the State's certificates");
  return country;
}

cli::Exit run_make(const cli::Arguments& arguments, const World& world) {
  const std::string cards = arguments.text("cards"), out = arguments.text("out");
  const std::string country = country_of(arguments);
  const base::Moment now = world.clock.now();
  const auto next_due = arguments.moment("next-due");
  if (!next_due || *next_due <= now) used_wrongly("--next-due is a day or moment after now");
  ClosedChips closed;
  for (const std::string& file : arguments.texts("closed")) {
    read_closed_chips(base::read_text_file(file, kDoing), file, closed);
  }
  const auto made =
      make_status_list(read_signed_cards(base::read_text_file(cards, kDoing), cards), closed, country, now, *next_due);
  base::write_file(out, trust::encode_status_list(made.list), kDoing);
  if (arguments.flag("json")) {
    nlohmann::json counts = nlohmann::json::object();
    for (const auto& [status, of_status] : made.list.cards) {
      counts[std::string(trust::card_status_name(status))] = of_status.size();
    }
    std::cout << nlohmann::json{{"cards", counts}, {"not_signed_here", made.unsigned_chips}}.dump() << "\n";
    return cli::Exit::Done;
  }
  std::cout << fmt::format("made {}, {} cards\n", out, made.list.size());
  for (const std::string& serial : made.unsigned_chips) {
    std::cout << fmt::format("not on it: the signer has signed no card for chip {}\n", serial);
  }
  return cli::Exit::Done;
}

}  // namespace

void add_status_verbs(cli::Program& program, const World& world) {
  program.verb({.name = "status make",
                .summary = "Makes the list of cards that are no longer good, for the next trust pack.",
                .positional = {},
                .declare =
                    [](boost::program_options::options_description& to) {
                      cli::add_text(to, "cards", "all cards that were signed, as cccd-signer cards printed them");
                      cli::add_texts(
                          to, "closed",
                          "cards that are closed, of cccd-registry card closed or of a drill; may be given several "
                          "times");
                      cli::add_text(to, "country", "the State whose cards these are; VN when left out");
                      cli::add_text(to, "next-due", "day or moment when the next list will be there");
                      cli::add_text(to, "out", "file to write");
                      cli::add_flag(to, "json", "answer as one JSON object");
                    },
                .run = [&world](const cli::Arguments& arguments) { return run_make(arguments, world); },
                .example = "cccd-pki status make --cards cards.jsonl --closed closed.jsonl --next-due 2026-12-01 --out "
                           "status.list"});
}

}  // namespace admin
