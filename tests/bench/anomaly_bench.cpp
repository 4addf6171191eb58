// How long the anomaly report takes over a million attestations, and how much memory: reported, not gated.
//
//   anomaly_bench      prints one JSON object

#include <sys/resource.h>

#include <chrono>
#include <iostream>

#include "tests/issuance/confirmations.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

int main() {
  constexpr confirmations::Size kCountry{
      .communes = 800, .provinces = 63, .registries = 620, .statements_per_officer = 150};
  attestation::AnomalySearch search;
  const auto begin = Clock::now();
  confirmations::fill(search, 1, confirmations::Scheme::ThreeOfficesTogether, kCountry);
  const double filled = seconds_since(begin);
  const auto asked = Clock::now();
  const auto report = search.report();
  const double reported = seconds_since(asked);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::cout << "{\"attestations\": " << report.confirmations << ", \"tests\": " << report.tests
            << ", \"found\": " << report.anomalies.size() << ", \"make_and_count_seconds\": " << filled
            << ", \"report_seconds\": " << reported << ", \"memory_kib\": " << usage.ru_maxrss << "}\n";
  return 0;
}
