// The laws of the evil card under libFuzzer (preset fuzz; tests/fuzz/search runs it), as law_fuzzer.cpp does with those
// of the national PKI. CCCD_LAW names the law. A broken law stops the program with its sentence, and libFuzzer keeps
// the input.
//
//   card_fuzzer --laws            their names, one a line
//   card_fuzzer --seeds FOLDER    writes the seeds of CCCD_LAW into the folder
//
// An input decides everything: the terminal and the chip draw from seeded randomness, and OpenSSL, which draws for
// itself when an inspection system signs, from a stream that begins anew with each input.

#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: the shortest way to take OpenSSL's own randomness away
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>

#include "pki/base/core/files.h"
#include "pki/base/core/random.h"
#include "tests/fuzz/card_laws.h"
#include "tests/fuzz/rewritten_card.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

std::optional<base::SeededRandom> stream;

int draw(unsigned char* out, int size) {
  std::ranges::copy(stream->bytes(static_cast<std::size_t>(size)), out);
  return 1;
}
int status() {
  return 1;
}

void begin_the_stream() {
  static const RAND_METHOD method{nullptr, draw, nullptr, nullptr, draw, status};
  stream.emplace(1);
  RAND_set_rand_method(&method);
}

// Those that are made quickly first: whoever looks for one makes no family behind it.
constexpr auto kFamilies = {fuzz::session_laws, fuzz::protocol_laws, fuzz::evil_card_laws, fuzz::rewriting_laws};

const fuzz::Law& law() {
  static const fuzz::Law chosen = [] {
    const char* const name = std::getenv("CCCD_LAW");
    for (const auto family : kFamilies) {
      for (fuzz::Law& one : family()) {
        if (name != nullptr && one.name == name) return std::move(one);
      }
    }
    std::cerr << "card_fuzzer: CCCD_LAW names no law; card_fuzzer --laws lists them\n";
    std::exit(2);
  }();
  return chosen;
}

// The octets of one change, or the whole input where they are none: libFuzzer changes them, and every other piece of
// the script stays where it is.
std::size_t mutate_one_change(std::uint8_t* data, std::size_t size, std::size_t max_size, unsigned seed) {
  const base::ByteView input(data, size);
  std::vector<fuzz::Change> changes = fuzz::read_changes(input.subspan(fuzz::kBeforeTheScript));
  if (changes.empty()) return LLVMFuzzerMutate(data, size, max_size);
  base::Bytes& octets = changes[seed % changes.size()].octets;
  const std::size_t before = octets.size();
  octets.resize(std::min<std::size_t>(before + 64, 0xF000));
  octets.resize(LLVMFuzzerMutate(octets.data(), std::min(before, octets.size()), octets.size()));
  const base::Bytes script = fuzz::script_of(changes);
  if (fuzz::kBeforeTheScript + script.size() > max_size) return size;
  std::ranges::copy(script, data + fuzz::kBeforeTheScript);
  return fuzz::kBeforeTheScript + script.size();
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  begin_the_stream();
  const std::vector<std::string> words(*argv + 1, *argv + *argc);
  if (words == std::vector<std::string>{"--laws"}) {
    for (const auto family : kFamilies) {
      for (const fuzz::Law& one : family()) std::cout << one.name << "\n";
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
  law();
  return 0;
}

// Three times of four where the input is a script with two octets of length.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const bool script = fuzz::is_rewriting(law()) && size > fuzz::kBeforeTheScript && seed % 4 != 0;
  return script ? mutate_one_change(data, size, max_size, seed / 4) : LLVMFuzzerMutate(data, size, max_size);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  begin_the_stream();
  const std::string broken = law().check({data, size});
  if (broken.empty()) return 0;
  std::cerr << law().name << ": " << broken << "\n";
  std::abort();
}
