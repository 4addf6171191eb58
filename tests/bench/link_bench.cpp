// One round trip through pcscd: to a bare echo card and to the virtual chip, in the same run. Readers' names come from
// the environment (ECHO_READER, CHIP_READER); tests/bench/ratios.py starts both.

#include <benchmark/benchmark.h>

#include <cstdlib>

#include "pki/base/core/error.h"
#include "smartcard/transport/pcsc.h"

namespace {

// `answer` tells the two cards apart: what is measured is the card it is said to be.
void round_trip(benchmark::State& state, const char* variable, std::string_view answer) {
  const char* const reader = std::getenv(variable);
  base::ensure(reader != nullptr, "the reader's name is in the environment");
  const auto card = transport::PcscChannel::open(reader, {.insertion = std::chrono::seconds(20)});
  const apdu::Command get_serial{0x80, 0xCA, 0x00, 0x45, {}, 256};
  const base::Bytes expected = base::hex(answer);
  for (auto step : state) {
    base::ensure(transport::demand(*card, get_serial, "asking for the serial") == expected,
                 "the card is the one meant");
  }
}

void RoundTripEchoCard(benchmark::State& state) {
  round_trip(state, "ECHO_READER", "45080011223344556677");
}
BENCHMARK(RoundTripEchoCard)->Unit(benchmark::kMicrosecond)->UseRealTime();

void RoundTripVirtualChip(benchmark::State& state) {
  round_trip(state, "CHIP_READER", "450800112233445566AA");
}
BENCHMARK(RoundTripVirtualChip)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
