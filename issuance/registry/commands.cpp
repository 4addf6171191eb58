#include "issuance/registry/commands.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "issuance/attestation/sources.h"
#include "issuance/registry/access_book.h"
#include "issuance/registry/answers.h"
#include "issuance/registry/import.h"
#include "issuance/registry/sample.h"
#include "issuance/registry/spread.h"
#include "pki/base/core/error.h"
#include "pki/base/core/files.h"
#include "pki/evidence/log_commands.h"
#include "pki/evidence/statement.h"
#include "smartcard/document/card_order.h"

namespace registry {

namespace {

using nlohmann::json;
using Options = boost::program_options::options_description;

constexpr std::uint64_t kDefaultSeed = 2026;

[[noreturn]] void used_wrongly(std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, "reading the command line", std::move(seen));
}

json to_json(const base::Finding& finding) {
  return {{"code", finding.code},
          {"severity", base::severity_name(finding.severity)},
          {"where", finding.where},
          {"text", finding.text}};
}

base::Secret password_of(const cli::Arguments& arguments) {
  return base::read_password_file(arguments.text("password-file"), "reading the password of the answer key");
}

// Where `init` is told to make the store. A password file is named from where the command runs.
NewPlace place_of(const cli::Arguments& arguments) {
  NewPlace made;
  made.place.url = arguments.text_or("store", "");
  made.also = arguments.texts("also");
  if (arguments.has("store-password-file"))
    made.place.password_file = std::filesystem::absolute(arguments.text("store-password-file"));
  if (arguments.has("partitions")) {
    const long partitions = arguments.number("partitions");
    if (partitions < 1 || partitions > kMostPartitions)
      used_wrongly(fmt::format("--partitions is from 1 to {}", kMostPartitions));
    made.partitions = static_cast<int>(partitions);
  }
  const bool on_server = !made.place.url.empty();
  if (!on_server && (!made.also.empty() || !made.place.password_file.empty() || arguments.has("partitions")))
    used_wrongly("--also, --partitions and --store-password-file are for a store on PostgreSQL (--store)");
  if (static_cast<std::size_t>(made.partitions) < 1 + made.also.size())
    used_wrongly("--partitions: fewer than the servers, so one would stay empty");
  return made;
}

cli::Exit init(const cli::Arguments& arguments) {
  const base::SystemClock clock;
  const std::filesystem::path folder = arguments.text("data");
  std::optional<base::Secret> password;
  if (arguments.has("password-file")) password = password_of(arguments);  // read before anything is made
  const Home home = Home::create(folder, clock, place_of(arguments));
  if (!password) {
    std::cout << fmt::format("register made in {}; it has no answer key yet (cccd-registry key)\n", folder.string());
    return cli::Exit::Done;
  }
  base::SystemRandom random;
  const std::string id = home.make_answer_key(*password, random);
  std::cout << fmt::format("register made in {}; answer key {} (public part: {})\n", folder.string(), id,
                           home.public_key_file().string());
  return cli::Exit::Done;
}

cli::Exit key(const cli::Arguments& arguments) {
  const Opened opened(arguments);
  base::SystemRandom random;
  const std::string id = opened.home.make_answer_key(password_of(arguments), random);
  std::cout << fmt::format("answer key {} (public part: {})\n", id, opened.home.public_key_file().string());
  return cli::Exit::Done;
}

// With --json the findings are written as they come, so that a report of a million lines needs no memory.
class ImportReport {
 public:
  ImportReport(bool as_json, std::string file) : json_(as_json), file_(std::move(file)) {}

  void line(std::size_t number, const base::Finding& finding) {
    if (!json_) {
      std::cerr << fmt::format("{}:{}: {}: {} ({}{})\n", file_, number, finding.where, finding.text, finding.code,
                               finding.severity == base::Severity::Fail ? "" : ", kept");
      return;
    }
    json entry = to_json(finding);
    entry["line"] = number;
    std::cout << (first_ ? "{\"findings\": [\n" : ",\n") << entry.dump();
    first_ = false;
  }

  void totals(const ImportTotals& t) {
    if (!json_) {
      std::cout << fmt::format("{} lines read: {} persons added, {} unchanged, {} refused; {} kept with a warning\n",
                               t.read, t.added, t.unchanged, t.refused, t.warned);
      return;
    }
    std::cout << (first_ ? "{\"findings\": [" : "\n]");
    if (first_) std::cout << "]";
    std::cout << fmt::format(", \"read\": {}, \"added\": {}, \"unchanged\": {}, \"refused\": {}, \"warned\": {}}}\n",
                             t.read, t.added, t.unchanged, t.refused, t.warned);
  }

 private:
  bool json_;
  std::string file_;
  bool first_ = true;
};

ImportFormat format_of(const cli::Arguments& arguments, const std::string& file) {
  const std::string format = arguments.text_or("format", file.ends_with(".jsonl") ? "jsonl" : "csv");
  if (format != "csv" && format != "jsonl") used_wrongly("--format is csv or jsonl");
  return format == "csv" ? ImportFormat::Csv : ImportFormat::JsonLines;
}

// The source that --source names, 0 for none. Two officers vouch for one file: another one than theirs gets nothing of
// it (SOURCE_FILE_DIFFERS), nor does a row of the table whose statements do not open (SOURCE_NOT_TRUSTED, …).
std::int64_t source_of(const cli::Arguments& arguments, const Opened& opened, Store& store, base::Findings& findings) {
  if (!arguments.has("source")) return 0;
  const std::string file = arguments.text("FILE");
  const std::int64_t id = arguments.number("source");
  const auto known = store.source(id);
  if (!known) used_wrongly("--source is no source of this register; cccd-registry source add enters one");
  if (file == "-") used_wrongly("--source needs the file itself: its officers signed for that file and no other");
  const auto statements = attestation::read_source_file(known->statement);
  const auto officers = attestation::OfficerBook::read(opened.home.officers_file());
  const auto source = attestation::open_source(statements.value_or(std::vector<std::string>{}), officers);
  if (const auto* const refused = std::get_if<base::Findings>(&source)) {
    findings.add(*refused);
    return 0;
  }
  std::ifstream content(file, std::ios::binary);
  if (content && evidence::sha256_stream(content) != std::get<attestation::Source>(source).file_sha256) {
    findings.fail("SOURCE_FILE_DIFFERS", "file", "It is not the file that the two officers of the source signed for.");
  }
  return id;
}

std::int64_t batch_of(const cli::Arguments& arguments) {
  if (!arguments.has("batch")) return kImportBatch;
  const std::int64_t batch = arguments.number("batch");
  if (batch < 1 || batch > kImportBatch) used_wrongly(fmt::format("--batch is a number from 1 to {}", kImportBatch));
  return batch;
}

cli::Exit import(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const std::string file = arguments.text("FILE");
  Store store = opened.home.store(opened.clock);
  std::ifstream opened_file;
  if (file != "-") {
    opened_file.open(file, std::ios::binary);
    if (!opened_file) {
      throw base::Error(base::Fault::FixConfiguration, "opening the import file",
                        fmt::format("{} cannot be read; check its name and mode", file));
    }
  }
  base::Findings findings;
  const ImportOptions options{.format = format_of(arguments, file),
                              .source = source_of(arguments, opened, store, findings),
                              .batch = batch_of(arguments)};
  if (findings.failed()) return report(findings, arguments.flag("json"), "");
  ImportReport report(arguments.flag("json"), file == "-" ? "standard input" : file);
  const ImportTotals totals = import_persons(
      file == "-" ? std::cin : opened_file, store, opened.clock,
      [&](std::size_t line, const base::Finding& finding) { report.line(line, finding); }, options);
  report.totals(totals);
  return totals.refused == 0 ? cli::Exit::Done : cli::Exit::NotAcceptable;
}

cli::Exit sample(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const std::string text = arguments.text("N");
  const bool digits = !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
  const std::int64_t count = digits ? std::stoll(text) : -1;
  if (count < 0 || count > kLargestSample) used_wrongly(fmt::format("N is a number up to {}", kLargestSample));
  const long seed = arguments.has("seed") ? arguments.number("seed") : static_cast<long>(kDefaultSeed);
  Store store = opened.home.store(opened.clock);
  const SampleResult result = make_sample(store, count, static_cast<std::uint64_t>(seed), opened.clock);
  if (!arguments.flag("json")) {
    std::cout << fmt::format("{} synthetic persons\n", result.persons);
    return cli::Exit::Done;
  }
  const auto or_null = [](const std::optional<std::string>& number) { return number ? json(*number) : json(nullptr); };
  std::cout << json{{"persons", result.persons},
                    {"adult", or_null(result.roles.adult)},
                    {"no_expiry", or_null(result.roles.no_expiry)},
                    {"child", or_null(result.roles.child)},
                    {"dead", or_null(result.roles.dead)},
                    {"foreigner", or_null(result.roles.foreigner)},
                    {"holder", or_null(result.roles.holder)}}
                   .dump()
            << "\n";
  return cli::Exit::Done;
}

cli::Exit answer(const cli::Arguments& arguments) {
  Opened opened(arguments);
  const Question question{number_of(arguments), reference(arguments, "case"), reference(arguments, "purpose"),
                          "local:" + local_account(), "operator"};
  const auto signing_key = opened.home.answer_key(password_of(arguments));
  Store store = opened.home.store(opened.clock);
  evidence::Log log = evidence::Log::open(opened.home.log_folder(), *signing_key, opened.clock);
  base::SystemRandom random;
  AccessBook book(opened.home.folder(), opened.clock);
  std::cout << give_answer(question, store, book, log, *signing_key, random) << "\n";
  return cli::Exit::Done;
}

}  // namespace

Opened::Opened(const cli::Arguments& arguments) : home(Home::open(arguments.text("data"))) {}

CitizenNumber number_of(const cli::Arguments& arguments) {
  const auto number = CitizenNumber::parse(arguments.text("NUMBER"));
  if (!number) used_wrongly("NUMBER is twelve digits");
  return *number;
}

std::string reference(const cli::Arguments& arguments, const char* option) {
  std::string text = arguments.text(option);
  if (!is_reference(text)) used_wrongly(fmt::format("--{} is up to 64 letters, digits, '.', '_' or '-'", option));
  return text;
}

base::Date day_of(const cli::Arguments& arguments, const char* option) {
  const auto day = base::parse_iso_date(arguments.text(option));
  if (!day) used_wrongly(fmt::format("--{} is a day of the form 2026-11-23 that exists", option));
  return *day;
}

void declare_data(Options& options) {
  cli::add_text(options, "data", "the register's directory");
}

cli::Exit report(const base::Findings& findings, bool as_json, std::string_view done) {
  if (as_json) {
    json list = json::array();
    for (const base::Finding& finding : findings.list()) list.push_back(to_json(finding));
    std::cout << json{{"done", !findings.failed()}, {"findings", std::move(list)}}.dump() << "\n";
  } else {
    for (const base::Finding& finding : findings.list())
      std::cout << fmt::format("{} {}: {}\n", finding.code, finding.where, finding.text);
    if (!findings.failed()) std::cout << done << "\n";
  }
  return findings.failed() ? cli::Exit::NotAcceptable : cli::Exit::Done;
}

namespace {

void with_password(Options& o) {
  declare_data(o);
  cli::add_text(o, "password-file", "file whose first line is the password of the answer key");
}

void with_json(Options& o) {
  declare_data(o);
  cli::add_flag(o, "json", "report as JSON");
}

void add_filling_commands(cli::Program& program) {
  program
      .verb({.name = "init",
             .summary = "Makes an empty register and, with a password, the key that signs its answers.",
             .positional = {},
             .declare =
                 [](Options& o) {
                   with_password(o);
                   cli::add_text(o, "store", "a PostgreSQL database: postgresql://user@host:port/database");
                   cli::add_text(o, "store-password-file", "file with the password of that user");
                   cli::add_number(o, "partitions", "parts that the register is laid in, for ever (4)");
                   cli::add_texts(o, "also", "a further server's database that takes its share of the parts");
                 },
             .run = init,
             .example = "cccd-registry init --data registry --password-file registry.pw"})
      .verb({.name = "key",
             .summary = "Makes the answer key of a register that has none.",
             .positional = {},
             .declare = with_password,
             .run = key,
             .example = "cccd-registry key --data registry --password-file registry.pw"})
      .verb({.name = "import",
             .summary = "Takes in persons from CSV or JSON lines; good lines are kept, every refused one is reported.",
             .positional = {"FILE"},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_text(o, "format", "csv or jsonl (by the file's name unless given)");
                   cli::add_number(o, "source", "where the records come from, as source add named it");
                   cli::add_number(o, "batch", "records a transaction (20000 unless given, at most as many)");
                 },
             .run = import,
             .example = "cccd-registry import persons.csv --data registry"})
      .verb({.name = "sample",
             .summary = "Fills an empty register with synthetic citizens; the same seed and day give the same.",
             .positional = {"N"},
             .declare =
                 [](Options& o) {
                   with_json(o);
                   cli::add_number(o, "seed", "which citizens (2026 unless given)");
                 },
             .run = sample,
             .example = "cccd-registry sample 1000 --data registry --json"});
}

void add_asking_commands(cli::Program& program) {
  program.verb({.name = "answer",
                .summary = "Prints the signed answer about one number for one case and purpose, and logs the question.",
                .positional = {"NUMBER"},
                .declare =
                    [](Options& o) {
                      with_password(o);
                      cli::add_text(o, "case", "the case that asks");
                      cli::add_text(o, "purpose", "why: issuance");
                    },
                .run = answer,
                .example = "cccd-registry answer 001090990000 --case 2026-000001 --purpose issuance --data registry "
                           "--password-file registry.pw"});
}

}  // namespace

void add_register_commands(cli::Program& program) {
  add_filling_commands(program);
  add_asking_commands(program);
  evidence::add_log_verbs(program,
                          {.program = "cccd-registry",
                           .whose = "the register's",
                           .data = "the registry's directory",
                           .home =
                               [](const std::filesystem::path& data) {
                                 const Home home = Home::open(data);
                                 return evidence::LogHome{home.log_folder(), home.public_key_file(), home.witnessed()};
                               },
                           .key = [](const std::filesystem::path& data,
                                     const base::Secret& password) { return Home::open(data).answer_key(password); }});
}

}  // namespace registry
