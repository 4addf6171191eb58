#pragma once
// The habits of every command of the house, in one place: verbs, --help that starts with a sentence and an example,
// --version, exit codes, errors as one clear line on stderr. Options are declared with Boost.Program_options.
//
//   cli::Program program{"cccd-registry", "Keeps the population registry.", "cccd-registry show 001090000000 --data
//   DIR"}; program.verb({.name = "show", .summary = "Shows one person.", .positional = {"NUMBER"}, .declare = …, .run =
//   …}); return program.main(argc, argv);

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/clock.h"

namespace cli {

// contract: 0 done, 1 the card, document or applicant is not acceptable, 2 used wrongly, 3 something failed.
enum class Exit : int { Done = 0, NotAcceptable = 1, UsedWrongly = 2, Failed = 3 };

class Arguments {
 public:
  explicit Arguments(boost::program_options::variables_map map) : map_(std::move(map)) {}
  bool has(const std::string& name) const { return map_.count(name) != 0; }
  bool flag(const std::string& name) const { return has(name) && map_[name].as<bool>(); }
  std::string text(const std::string& name) const;  // the option or positional; Error{UsedWrongly} when it is missing
  std::string text_or(const std::string& name, std::string otherwise) const;
  std::vector<std::string> texts(const std::string& name) const;  // of an option that may be given several times
  long number(const std::string& name) const;                     // of an option declared as value<long>
  // A day (2026-03-01: noon in Viet Nam) or a moment (2026-03-01T05:00:00Z); nullopt when it is missing.
  std::optional<base::Moment> moment(const std::string& name) const;

 private:
  boost::program_options::variables_map map_;
};

struct Verb {
  std::string name;                     // "case open" may have two words
  std::string summary;                  // one sentence
  std::vector<std::string> positional;  // names in order, "NUMBER"; a last one ending in "..." takes the rest
  std::function<void(boost::program_options::options_description&)> declare = {};
  std::function<Exit(const Arguments&)> run = {};
  std::string example = {};  // a whole command line
};

class Program {
 public:
  Program(std::string name, std::string summary, std::string example);
  // A program without verbs (cccd-chip) declares one verb with an empty name.
  Program& verb(Verb verb);
  // Everything a main() does: parse, run, report. Never throws.
  int main(int argc, char** argv);
  // For the man-page test: all long options, by verb.
  const std::vector<Verb>& verbs() const { return verbs_; }

 private:
  int run(const std::vector<std::string>& words);
  void print_help(const Verb* verb) const;
  std::string name_;
  std::string summary_;
  std::string example_;
  std::vector<Verb> verbs_;
};

// Shorthands for declare.
void add_text(boost::program_options::options_description& to, const char* name, const char* help);
void add_texts(boost::program_options::options_description& to, const char* name, const char* help);
void add_number(boost::program_options::options_description& to, const char* name, const char* help);
void add_flag(boost::program_options::options_description& to, const char* name, const char* help);

}  // namespace cli
