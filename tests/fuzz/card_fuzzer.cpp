// The laws of the evil card under libFuzzer (preset fuzz; tests/fuzz/search runs it), as law_fuzzer.cpp does with those
// of the national PKI (chosen_law.h).
//
//   card_fuzzer --laws            their names, one a line
//   card_fuzzer --seeds FOLDER    writes the seeds of CCCD_LAW into the folder
//
// An input decides everything: the terminal and the chip draw from seeded randomness, and OpenSSL, which draws for
// itself when an inspection system signs, from a stream that begins anew with each input.

#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: the shortest way to take OpenSSL's own randomness away
#include <openssl/rand.h>

#include <algorithm>
#include <optional>

#include "pki/base/core/random.h"
#include "tests/fuzz/card_laws.h"
#include "tests/fuzz/chosen_law.h"
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
constexpr fuzz::Families kFamilies = {fuzz::session_laws, fuzz::protocol_laws, fuzz::evil_card_laws,
                                      fuzz::rewriting_laws};

const fuzz::Law& law() {
  static const fuzz::Law chosen = fuzz::chosen_law("card_fuzzer", kFamilies);
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
  fuzz::answer_questions({*argv + 1, *argv + *argc}, kFamilies, law);
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
  fuzz::demand(law(), {data, size});
  return 0;
}
