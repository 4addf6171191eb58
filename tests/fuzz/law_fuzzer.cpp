// The laws of the national PKI under libFuzzer (preset fuzz; tests/fuzz/search runs it; chosen_law.h).
//
//   law_fuzzer --laws            their names, one a line
//   law_fuzzer --seeds FOLDER    writes the seeds of CCCD_LAW into the folder

#include "tests/fuzz/chosen_law.h"

namespace {

constexpr fuzz::Families kFamilies = {fuzz::pki_laws};

const fuzz::Law& law() {
  static const fuzz::Law chosen = fuzz::chosen_law("law_fuzzer", kFamilies);
  return chosen;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  fuzz::answer_questions({*argv + 1, *argv + *argc}, kFamilies, law);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::demand(law(), {data, size});
  return 0;
}
