#pragma once
// Another program of the house run as a process of its own: no shell, nothing of our environment but what it needs, an
// end to waiting.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace station {

struct Ended {
  int exit_code = 0;
  std::string out;  // standard output, whole
  std::string err;  // the first lines of standard error
};

inline constexpr std::size_t kMostOutput = 4U << 20;  // bytes; a program that says more is stopped

// words[0] is the program's path, the rest its arguments. Throws base::Error{AskOperator} when it cannot be started, is
// killed, says too much, or has not ended after `limit`.
Ended run_program(const std::vector<std::string>& words, std::chrono::milliseconds limit, std::string_view doing);

}  // namespace station
