#pragma once
// What the programs under libFuzzer share: CCCD_LAW names the one law of a run; --laws and --seeds FOLDER are answered
// before libFuzzer reads the words; a broken law stops the program with its sentence, and libFuzzer keeps the input.

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "pki/base/core/files.h"
#include "tests/fuzz/law.h"

namespace fuzz {

using Families = std::initializer_list<std::vector<Law> (*)()>;  // asked in this order, and only as far as is needed

inline Law chosen_law(std::string_view program, Families families) {
  const char* const name = std::getenv("CCCD_LAW");
  for (const auto family : families) {
    for (Law& one : family()) {
      if (name != nullptr && one.name == name) return std::move(one);
    }
  }
  std::cerr << program << ": CCCD_LAW names no law; " << program << " --laws lists them\n";
  std::exit(2);
}

// Ends the program after --laws or --seeds FOLDER; does nothing for any other words. `law` makes the chosen one.
inline void answer_questions(const std::vector<std::string>& words, Families families, const Law& (*law)()) {
  if (words == std::vector<std::string>{"--laws"}) {
    for (const auto family : families) {
      for (const Law& one : family()) std::cout << one.name << "\n";
    }
    std::exit(0);
  }
  if (words.size() == 2 && words[0] == "--seeds") {
    std::size_t number = 0;
    for (const base::Bytes& seed : law().seeds) {
      base::write_file(std::filesystem::path(words[1]) / std::to_string(number++), seed, "writing a law's seeds");
    }
    std::exit(0);
  }
}

inline void demand(const Law& law, base::ByteView input) {
  const std::string broken = law.check(input);
  if (broken.empty()) return;
  std::cerr << law.name << ": " << broken << "\n";
  std::abort();
}

}  // namespace fuzz
