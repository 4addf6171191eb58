#include "pki/base/cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <csignal>
#include <iostream>
#include <sstream>

#include "pki/base/core/error.h"
#include "pki/base/core/log.h"

#ifndef CCCD_VERSION
#define CCCD_VERSION "unknown"
#endif

namespace cli {

namespace po = boost::program_options;

namespace {

std::vector<std::string> split(const std::string& words) {
  std::istringstream in(words);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

bool starts_with(const std::vector<std::string>& words, const std::vector<std::string>& beginning) {
  return words.size() >= beginning.size() && std::equal(beginning.begin(), beginning.end(), words.begin());
}

[[noreturn]] void used_wrongly(std::string doing, std::string seen) {
  throw base::Error(base::Fault::UsedWrongly, std::move(doing), std::move(seen));
}

po::options_description options_of(const Verb& verb) {
  po::options_description options("Options");
  options.add_options()("help", "show this help");
  if (verb.declare) verb.declare(options);
  return options;
}

// Positional arguments become hidden options of the same name.
Arguments parse(const Verb& verb, const std::vector<std::string>& words) {
  po::options_description all = options_of(verb);
  po::positional_options_description order;
  for (std::string name : verb.positional) {
    const bool rest = name.ends_with("...");
    if (rest) name.resize(name.size() - 3);
    if (rest) {
      all.add_options()(name.c_str(), po::value<std::vector<std::string>>());
    } else {
      all.add_options()(name.c_str(), po::value<std::string>());
    }
    order.add(name.c_str(), rest ? -1 : 1);
  }
  po::variables_map map;
  po::store(po::command_line_parser(words)
                .options(all)
                .positional(order)
                .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                .run(),
            map);
  po::notify(map);
  return Arguments(std::move(map));
}

}  // namespace

std::string Arguments::text(const std::string& name) const {
  if (!has(name)) {
    const bool positional = !name.empty() && name[0] >= 'A' && name[0] <= 'Z';
    used_wrongly("reading the command line",
                 fmt::format("{}{} is missing; --help shows an example", positional ? "" : "--", name));
  }
  return map_[name].as<std::string>();
}

std::string Arguments::text_or(const std::string& name, std::string otherwise) const {
  if (!has(name)) return otherwise;
  return map_[name].as<std::string>();
}

std::vector<std::string> Arguments::texts(const std::string& name) const {
  return has(name) ? map_[name].as<std::vector<std::string>>() : std::vector<std::string>{};
}

long Arguments::number(const std::string& name) const {
  if (!has(name)) used_wrongly("reading the command line", fmt::format("--{} is missing", name));
  return map_[name].as<long>();
}

std::optional<base::Moment> Arguments::moment(const std::string& name) const {
  if (!has(name)) return std::nullopt;
  const std::string value = text(name);
  if (const auto moment = base::parse_rfc3339(value)) return moment;
  if (const auto day = base::parse_iso_date(value)) {
    return base::Moment{std::chrono::sys_days{*day}} + std::chrono::hours{5};  // noon, UTC+7
  }
  used_wrongly("reading the command line", fmt::format("--{} {} is no day like 2026-03-01", name, value));
}

Program::Program(std::string name, std::string summary, std::string example)
    : name_(std::move(name)), summary_(std::move(summary)), example_(std::move(example)) {}

Program& Program::verb(Verb verb) {
  verbs_.push_back(std::move(verb));
  return *this;
}

void Program::print_help(const Verb* verb) const {
  std::ostream& out = std::cout;
  if (verb == nullptr) {
    out << summary_ << "\n\nExample:\n  " << example_ << "\n\nCommands:\n";
    std::size_t width = 0;
    for (const Verb& v : verbs_) width = std::max(width, v.name.size());
    for (const Verb& v : verbs_)
      out << "  " << v.name << std::string(width - v.name.size() + 2, ' ') << v.summary << "\n";
    out << "\n" << name_ << " COMMAND --help shows a command's options. The manual: man " << name_ << "\n";
    return;
  }
  out << verb->summary << "\n\nExample:\n  " << (verb->example.empty() ? example_ : verb->example) << "\n\nUsage:\n  "
      << name_;
  if (!verb->name.empty()) out << ' ' << verb->name;
  for (const std::string& p : verb->positional) out << ' ' << p;
  out << " [options]\n\n" << options_of(*verb);
}

int Program::run(const std::vector<std::string>& words) {
  if (!words.empty() && words[0] == "--version") {
    std::cout << name_ << " " << CCCD_VERSION << "\n";
    return 0;
  }
  const Verb* chosen = nullptr;
  std::size_t used = 0;
  for (const Verb& verb : verbs_) {
    const auto name = split(verb.name);
    if (starts_with(words, name) && (chosen == nullptr || name.size() > used)) {
      chosen = &verb;
      used = name.size();
    }
  }
  if (chosen == nullptr) {
    if (!words.empty() && (words[0] == "--help" || words[0] == "help")) {
      print_help(nullptr);
      return 0;
    }
    if (words.empty())
      used_wrongly("reading the command line", fmt::format("no command given; {} --help lists them", name_));
    used_wrongly("reading the command line",
                 fmt::format("'{}' is no command of {}; {} --help lists them", words[0], name_, name_));
  }
  const std::vector<std::string> rest(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
  if (std::ranges::find(rest, "--help") != rest.end()) {
    print_help(chosen);
    return 0;
  }
  return static_cast<int>(chosen->run(parse(*chosen, rest)));
}

int Program::main(int argc, char** argv) {
  base::log::start(name_);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const int code = run({argv + 1, argv + argc});
    std::cout.flush();
    if (!std::cout)
      throw base::Error(base::Fault::AskOperator, "writing the answer", "standard output does not take it");
    return code;
  } catch (const base::Error& error) {
    std::cerr << name_ << ": " << error.what() << "\n";
    return error.fault() == base::Fault::UsedWrongly ? static_cast<int>(Exit::UsedWrongly)
                                                     : static_cast<int>(Exit::Failed);
  } catch (const po::error& error) {
    std::cerr << name_ << ": reading the command line: " << error.what() << "; --help shows an example\n";
    return static_cast<int>(Exit::UsedWrongly);
  } catch (const std::exception& error) {
    std::cerr << name_ << ": " << error.what() << "\n";
    return static_cast<int>(Exit::Failed);
  }
}

void add_text(po::options_description& to, const char* name, const char* help) {
  to.add_options()(name, po::value<std::string>(), help);
}
void add_texts(po::options_description& to, const char* name, const char* help) {
  to.add_options()(name, po::value<std::vector<std::string>>()->composing(), help);
}
void add_number(po::options_description& to, const char* name, const char* help) {
  to.add_options()(name, po::value<long>(), help);
}
void add_flag(po::options_description& to, const char* name, const char* help) {
  to.add_options()(name, po::bool_switch(), help);
}

}  // namespace cli
