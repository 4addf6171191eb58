#pragma once
// The one exception of the house. It is for the world that failed (card pulled, disk full, one of our own files
// damaged); an answer we asked for (status word, finding, verdict) is returned as data and never thrown.

#include <stdexcept>
#include <string>
#include <string_view>

namespace base {

// Sorted by what the person in front of the machine can do. Each has a paragraph in docs/failure-codes.md.
enum class Fault {
  PresentCardAgain,  // the card left the field or its answer was cut: put it back and repeat the step
  AskOperator,       // a service, reader or disk does not answer: somebody has to look at the machine
  FixConfiguration,  // a file, setting or clock of ours is wrong: the message names it
  TreatAsAttack,     // evidence contradicts itself: stop, keep everything, report
  UsedWrongly,       // the command line asks for something that cannot be meant (exit code 2)
};

std::string_view fault_name(Fault fault);

// doing: what was being done ("reading EF.SOD"); seen: what was seen and what to do about it. Never a key, never a
// person.
class Error : public std::runtime_error {
 public:
  Error(Fault fault, std::string doing, std::string seen);
  Fault fault() const { return fault_; }
  const std::string& doing() const { return doing_; }
  const std::string& seen() const { return seen_; }

 private:
  Fault fault_;
  std::string doing_;
  std::string seen_;
};

// A statement about our own code. When it is false the program is wrong: it stops and says where.
// (The builtins are what std::source_location is made of; clang 14, whose clang-tidy Debian 12 ships, lacks that header.)
void ensure(bool truth, std::string_view statement, const char* file = __builtin_FILE(),
            unsigned line = __builtin_LINE());

}  // namespace base
