#pragma once
// A command of cccd-pki, run in the test's own process.

#include <string>
#include <vector>

#include "pki/admin/commands.h"

namespace test {

// Its exit code; the words behind the program's name.
inline int run_command(const admin::World& world, std::vector<std::string> words) {
  std::vector<char*> arguments;
  words.insert(words.begin(), "cccd-pki");
  for (std::string& word : words) arguments.push_back(word.data());
  return admin::make_program(world).main(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace test
