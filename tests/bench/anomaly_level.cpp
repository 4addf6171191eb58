// How often the anomaly report is wrong on clean countries, and how often it finds what was planted: the figures of
// docs/formats/anomaly-report.md.
//
//   anomaly_level FIRST LAST      seeds FIRST to LAST of every generator; prints one JSON object

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/issuance/confirmations.h"
#include "tests/issuance/stations_at_work.h"

namespace {

using attestation::AnomalySearch;

struct Seeds {
  std::uint64_t first, last;
};

// The smallest adjusted p-value of each report on clean work, at a level that shows far more than the report's own.
template <typename Scheme>
nlohmann::ordered_json of_clean(Seeds seeds, void (*fill)(AnomalySearch&, std::uint64_t, Scheme)) {
  constexpr double kLevels[] = {1e-3, 5e-3, 1e-2, 2e-2, 5e-2};
  std::vector<std::int64_t> at(std::size(kLevels));
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    AnomalySearch search;
    fill(search, seed, Scheme::None);
    const auto report = search.report(kLevels[std::size(kLevels) - 1]);
    double least = 1.0;
    for (const auto& anomaly : report.anomalies) least = std::min(least, anomaly.adjusted);
    for (std::size_t i = 0; i < at.size(); ++i) at[i] += least <= kLevels[i] ? 1 : 0;
  }
  nlohmann::ordered_json out{{"reports", seeds.last - seeds.first + 1}};
  for (std::size_t i = 0; i < at.size(); ++i) out[std::to_string(kLevels[i])] = at[i];
  return out;
}

// Of the planted, how many are found.
template <typename Scheme>
nlohmann::ordered_json of_planted(Seeds seeds, Scheme scheme, const std::vector<std::string>& planted,
                                  void (*fill)(AnomalySearch&, std::uint64_t, Scheme)) {
  std::int64_t found = 0, all = 0;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    AnomalySearch search;
    fill(search, seed, scheme);
    const auto report = search.report();
    for (const std::string& one : planted) {
      ++all;
      found += std::ranges::any_of(report.anomalies, [&](const auto& a) { return a.measure + " " + a.who == one; });
    }
  }
  return {{"planted", all}, {"found", found}};
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "anomaly_level: two seeds are wanted, as in: anomaly_level 1000 1999\n";
    return 2;
  }
  const Seeds seeds{std::strtoull(words[1], nullptr, 10), std::strtoull(words[2], nullptr, 10)};
  const auto country = [](AnomalySearch& search, std::uint64_t seed, confirmations::Scheme scheme) {
    confirmations::fill(search, seed, scheme);
  };
  nlohmann::ordered_json out{{"level", attestation::kFamilyLevel},
                             {"clean", of_clean<confirmations::Scheme>(seeds, country)},
                             {"clean_orders", of_clean<stations_at_work::Scheme>(seeds, stations_at_work::fill)}};
  for (const auto scheme : confirmations::kSchemes) {
    out[confirmations::name(scheme)] =
        of_planted<confirmations::Scheme>(seeds, scheme, confirmations::planted(scheme), country);
  }
  for (const auto scheme : stations_at_work::kSchemes) {
    out[stations_at_work::name(scheme)] =
        of_planted(seeds, scheme, stations_at_work::planted(scheme).found, stations_at_work::fill);
  }
  std::cout << out.dump(2) << "\n";
  return 0;
}
