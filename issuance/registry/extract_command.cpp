#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "issuance/registry/access_book.h"
#include "issuance/registry/commands.h"
#include "issuance/registry/extracts.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"

namespace registry {

namespace {

constexpr long kUsual = 72, kShortest = 1, kLongest = 30 * 24;  // hours that an extract may count

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

// One number a line; blank lines and what follows a '#' are left out.
NumbersAfter numbers_in(const std::string& file) {
  constexpr std::string_view kDoing = "reading the numbers of an extract";
  std::istringstream lines(base::read_text_file(file, kDoing));
  std::vector<CitizenNumber> numbers;
  std::size_t at = 0;
  for (std::string line; std::getline(lines, line);) {
    ++at;
    line = line.substr(0, line.find('#'));
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (line.empty()) continue;
    const auto number = CitizenNumber::parse(line);
    if (!number) {
      throw base::Error(base::Fault::FixConfiguration, std::string(kDoing),
                        fmt::format("{}:{}: a number is twelve digits, alone on its line", file, at));
    }
    numbers.push_back(*number);
  }
  return numbers_listed(std::move(numbers));
}

NumbersAfter numbers_wanted(const cli::Arguments& arguments, Store& store) {
  if (arguments.has("province") == arguments.has("numbers")) used_wrongly("give --province or --numbers");
  if (arguments.has("numbers")) return numbers_in(arguments.text("numbers"));
  const std::string province = arguments.text("province");
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (province.size() != 3 || !std::ranges::all_of(province, is_digit)) {
    used_wrongly("--province is the three digits with which numbers begin");
  }
  return numbers_of_province(store, province);
}

cli::Exit extract_command(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const long hours = arguments.has("hours") ? arguments.number("hours") : kUsual;
  if (hours < kShortest || hours > kLongest) used_wrongly("--hours is 1 to 720");
  Store store = opened.home.store(opened.clock);
  WantedExtract wanted{.file = arguments.text("out"),
                       .reader = local_account(),
                       .counts = std::chrono::hours{hours},
                       .numbers = numbers_wanted(arguments, store)};
  const auto key = opened.home.answer_key(
      base::read_password_file(arguments.text("password-file"), "reading the password of the answer key"));
  evidence::Log log = evidence::Log::open(opened.home.log_folder(), *key, opened.clock);
  base::SystemRandom random;
  AccessBook accesses(arguments.text("data"), opened.clock);
  const KeepReads keep_reads = [&](const std::vector<CitizenNumber>& numbers, const std::string& id) {
    std::vector<Access> page;
    for (const CitizenNumber& number : numbers) {
      page.push_back(local_access(number, "extract"));
      page.back().purpose = extract::kPurpose;
      page.back().attributes = "extract " + id;
    }
    accesses.keep(page, random);
  };
  const extract::Header header = write_extract(wanted, store, log, *key, keep_reads, opened.clock, random);
  accesses.settle(log, opened.home.log_folder());
  if (arguments.flag("json")) {
    std::cout << nlohmann::json{{"extract", header.id},
                                {"count", header.count},
                                {"until", base::to_rfc3339(header.until)}}
                     .dump()
              << "\n";
  } else {
    std::cout << fmt::format("extract {} of {} persons, until {}: {}\n", header.id, header.count,
                             base::to_rfc3339(header.until), wanted.file.string());
  }
  return cli::Exit::Done;
}

}  // namespace

void add_extract_command(cli::Program& program) {
  program.verb({.name = "extract",
                .summary = "Writes a signed, dated extract of the register for a station without network; each person "
                           "in it counts as read.",
                .positional = {},
                .declare =
                    [](boost::program_options::options_description& o) {
                      declare_data(o);
                      cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
                      cli::add_text(o, "out", "the extract; a file that is not there yet");
                      cli::add_text(o, "province", "everybody whose number begins with these three digits");
                      cli::add_text(o, "numbers", "a file with the numbers wanted, one a line ('-': standard input)");
                      cli::add_number(o, "hours", "how long cases may be vetted by it (72 unless given, at most 720)");
                      cli::add_flag(o, "json", "report as JSON");
                    },
                .run = extract_command,
                .example = "cccd-registry extract --province 001 --out hanoi.extract --data registry --password-file "
                           "registry.pw"});
}

}  // namespace registry
