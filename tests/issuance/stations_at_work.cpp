#include "tests/issuance/stations_at_work.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

namespace stations_at_work {

namespace {

constexpr std::size_t kStations = 10, kSchemeAt = 7;
constexpr double kOrders = 1500;  // of one station

struct Station {
  std::string name;
  std::vector<std::string> receivers, approvers;
  // The share of the applications that is so by itself, at each receiver's desk: a border commune has more, and so has
  // the desk for those who moved.
  std::vector<double> risky;
};

class Stations {
 public:
  Stations(std::uint64_t seed, Scheme scheme) : engine_(seed), scheme_(scheme) {
    for (std::size_t s = 0; s < kStations; ++s) {
      Station station{fmt::format("station-{:02}", s), {}, {}, {}};
      const double usual = 0.06 * std::exp(normal(0.35));
      const std::size_t receivers = 3 + below(2), approvers = s == kSchemeAt ? 7 : 5 + below(3);
      for (std::size_t n = 1; n <= receivers; ++n) {
        station.receivers.push_back(fmt::format("R-{:02}-{}", s, n));
        station.risky.push_back(usual * std::exp(normal(0.2)));
      }
      for (std::size_t n = 1; n <= approvers; ++n) station.approvers.push_back(fmt::format("A-{:02}-{}", s, n));
      stations_.push_back(std::move(station));
    }
  }

  void work(attestation::AnomalySearch& search) {
    for (std::size_t s = 0; s < kStations; ++s) {
      const int orders = std::poisson_distribution<int>(kOrders)(engine_);
      for (int n = 0; n < orders; ++n) search.add(order(stations_[s], s == kSchemeAt));
    }
  }

 private:
  bool happens(double rate) { return std::bernoulli_distribution(rate)(engine_); }
  double normal(double sigma) { return std::normal_distribution<double>(0.0, sigma)(engine_); }
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_); }

  // Two of the station: whoever is free, or the one with whom the shift is shared.
  std::pair<std::size_t, std::size_t> approvers(std::size_t count, std::size_t receiver) {
    const std::size_t first = happens(0.15) ? receiver % count : below(count);
    std::size_t second = happens(0.15) ? (first + 1) % count : below(count);
    while (second == first) second = below(count);
    return {first, second};
  }

  attestation::ApprovedOrder order(const Station& station, bool scheming) {
    std::size_t receiver = below(station.receivers.size());
    attestation::ApprovedOrder made{next_++, station.name, "", {}, happens(station.risky[receiver])};
    auto [first, second] = approvers(station.approvers.size(), receiver);
    const auto is_there = [&first = first, &second = second](std::size_t one) { return first == one || second == one; };
    if (scheming && scheme_ == Scheme::ApproversWhoAlwaysMeet && (is_there(0) || is_there(3)) && happens(0.9)) {
      first = 0;
      second = 3;
    }
    if (scheming && scheme_ == Scheme::ReceiverAndHisApprover && receiver == 1 && !is_there(4) && happens(0.9)) {
      first = 4;
      second = second == 4 ? 5 : second;
    }
    if (scheming && scheme_ == Scheme::RiskyOrdersOfThree && happens(0.05)) {
      made.risky = true;  // beside the station's honest ones, wherever those go
      receiver = 0;
      first = 0;
      second = 3;
    }
    if (scheming && scheme_ == Scheme::RiskyOrdersOfOneOfficer && happens(0.08)) {
      made.risky = true;
      first = 5;
      if (second == 5) second = 0;
    }
    made.receiver = station.receivers[receiver];
    made.approvers = {station.approvers[first], station.approvers[second]};
    return made;
  }

  std::mt19937_64 engine_;
  Scheme scheme_;
  std::vector<Station> stations_;
  std::int64_t next_ = 1;
};

}  // namespace

std::string name(Scheme scheme) {
  constexpr const char* kNames[] = {"None", "ApproversWhoAlwaysMeet", "ReceiverAndHisApprover", "RiskyOrdersOfThree",
                                    "RiskyOrdersOfOneOfficer"};
  return kNames[static_cast<std::size_t>(scheme)];
}

Planted planted(Scheme scheme) {
  switch (scheme) {
    case Scheme::None:
      return {};
    case Scheme::ApproversWhoAlwaysMeet:
      return {{"always-the-same-two A-07-1 + A-07-4"}, {"A-07-1", "A-07-4"}};
    case Scheme::ReceiverAndHisApprover:
      return {{"always-the-same-two A-07-5 + R-07-2"}, {"A-07-5", "R-07-2"}};
    case Scheme::RiskyOrdersOfThree:
      return {{"risky-orders A-07-1 + A-07-4"}, {"A-07-1", "A-07-4", "R-07-1"}};
    case Scheme::RiskyOrdersOfOneOfficer:
      return {{"risky-orders A-07-6"}, {"A-07-6"}};
  }
  return {};
}

void fill(attestation::AnomalySearch& search, std::uint64_t seed, Scheme scheme) {
  Stations(seed, scheme).work(search);
}

}  // namespace stations_at_work
