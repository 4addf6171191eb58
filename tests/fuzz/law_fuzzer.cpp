// The laws of the national PKI under libFuzzer (preset fuzz; tests/fuzz/search runs it). CCCD_LAW names the law. A
// broken law stops the program with its sentence, and libFuzzer keeps the input.
//
//   law_fuzzer --laws            their names, one a line
//   law_fuzzer --seeds FOLDER    writes the seeds of CCCD_LAW into the folder

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "pki/base/core/files.h"
#include "tests/fuzz/law.h"

namespace {

const fuzz::Law& law() {
  static const fuzz::Law chosen = [] {
    const char* const name = std::getenv("CCCD_LAW");
    for (fuzz::Law& one : fuzz::pki_laws()) {
      if (name != nullptr && one.name == name) return std::move(one);
    }
    std::cerr << "law_fuzzer: CCCD_LAW names no law; law_fuzzer --laws lists them\n";
    std::exit(2);
  }();
  return chosen;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  const std::vector<std::string> words(*argv + 1, *argv + *argc);
  if (words == std::vector<std::string>{"--laws"}) {
    for (const fuzz::Law& one : fuzz::pki_laws()) std::cout << one.name << "\n";
    std::exit(0);
  }
  if (words.size() == 2 && words[0] == "--seeds") {
    std::size_t number = 0;
    for (const base::Bytes& seed : law().seeds) {
      base::write_file(std::filesystem::path(words[1]) / std::to_string(number++), seed, "writing a law's seeds");
    }
    std::exit(0);
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string broken = law().check({data, size});
  if (broken.empty()) return 0;
  std::cerr << law().name << ": " << broken << "\n";
  std::abort();
}
