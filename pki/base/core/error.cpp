#include "pki/base/core/error.h"

#include <cstdio>
#include <cstdlib>

namespace base {

std::string_view fault_name(Fault fault) {
  switch (fault) {
    case Fault::PresentCardAgain:
      return "PRESENT_CARD_AGAIN";
    case Fault::AskOperator:
      return "ASK_OPERATOR";
    case Fault::FixConfiguration:
      return "FIX_CONFIGURATION";
    case Fault::TreatAsAttack:
      return "TREAT_AS_ATTACK";
    case Fault::UsedWrongly:
      return "USED_WRONGLY";
  }
  return "ASK_OPERATOR";
}

Error::Error(Fault fault, std::string doing, std::string seen)
    : std::runtime_error(doing + ": " + seen), fault_(fault), doing_(std::move(doing)), seen_(std::move(seen)) {}

void ensure(bool truth, std::string_view statement, const char* file, unsigned line) {
  if (truth) return;
  std::fprintf(stderr, "%s:%u: our own error, not yours: expected that %.*s\n", file, line,
               static_cast<int>(statement.size()), statement.data());
  std::abort();
}

}  // namespace base
