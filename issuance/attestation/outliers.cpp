#include "issuance/attestation/outliers.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "issuance/attestation/chances.h"
#include "issuance/attestation/honest_scatter.h"
#include "pki/base/core/error.h"

namespace attestation {

namespace {

constexpr double kConfidence = 0.05;    // one-sided: the dispersion is not larger with 95 %
constexpr double kNoDispersion = 1e-9;  // below: binomial
constexpr double kLargestDispersion = 0.5;
constexpr std::size_t kOneInTen = 10;  // at most a tenth of the units is set aside
constexpr double kUsual = 2.0;         // standard deviations above the middle: nobody would look closer

double as_double(std::int64_t count) {
  return static_cast<double>(count);
}

bool is_judged(const Unit& unit) {
  return unit.trials >= kFewestTrials && (!unit.expected || (*unit.expected > 0.0 && *unit.expected < 1.0));
}

// Below this the shape of the honest scatter matters more than its size.
constexpr double kFarOut = 1e-3;

}  // namespace

double upper_tail(std::int64_t trials, std::int64_t hits, double rate, double dispersion) {
  if (hits <= 0 || rate >= 1.0) return 1.0;
  if (rate <= 0.0) return 0.0;
  if (dispersion < kNoDispersion) {
    return binomial_tail(as_double(trials), as_double(hits), rate);
  }
  const double n = as_double(trials), a = rate * (1.0 / dispersion - 1.0), b = (1.0 - rate) * (1.0 / dispersion - 1.0);
  const double k = as_double(hits);
  // log of C(n,k)·B(k+a, n−k+b)/B(a,b); then each term from the one before.
  const double first = std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + std::lgamma(k + a) +
                       std::lgamma(n - k + b) - std::lgamma(n + a + b) - std::lgamma(a) - std::lgamma(b) +
                       std::lgamma(a + b);
  double term = std::exp(first), sum = term;
  for (double x = k; x < n && term > sum * 1e-12; ++x) {
    term *= (n - x) * (x + a) / ((x + 1) * (n - x - 1 + b));
    sum += term;
  }
  return std::min(1.0, sum);
}

double scattered_tail(std::int64_t trials, std::int64_t hits, double rate, double dispersion) {
  if (hits <= 0 || rate >= 1.0) return 1.0;
  if (rate <= 0.0) return 0.0;
  constexpr double kFrom = -6.0, kTo = 9.0, kStep = 0.1;  // of the normal scatter; the upper end makes the tail
  const double middle = std::log(rate / (1.0 - rate)), sigma = std::sqrt(dispersion / (rate * (1.0 - rate)));
  const double k = as_double(hits), n = as_double(trials);
  double sum = 0.0;
  for (double z = kFrom; z <= kTo; z += kStep) {
    const double here = 1.0 / (1.0 + std::exp(-(middle + sigma * z)));
    sum += std::exp(-z * z / 2) * binomial_tail(n, k, here);
  }
  return std::min(1.0, sum * kStep / std::sqrt(2 * std::numbers::pi));
}

double spread_factor(std::size_t peers) {
  if (peers < 2) return 1.0;
  const double freedom = static_cast<double>(peers - 1);
  return freedom / chi_squared_quantile(freedom, kConfidence);
}

void Peers::change(const Unit& unit, double sign) {
  const double n = as_double(unit.trials), k = as_double(unit.hits);
  trials_ += sign * n;
  hits_ += sign * k;
  squares_ += sign * n * n;
  hits_squared_ += sign * k * k / n;
  if (unit.expected) {
    const double e = *unit.expected;
    standardized_ += sign * (k - n * e) * (k - n * e) / (n * e * (1 - e));
    less_one_ += sign * (n - 1);
  }
}

void Peers::add(const Unit& unit) {
  change(unit, 1.0);
  ++units_;
}

void Peers::remove(const Unit& unit) {
  change(unit, -1.0);
  --units_;
}

double Peers::dispersion(const Unit& unit, double rate, double spread_factor) const {
  const double m = static_cast<double>(units_);
  if (unit.expected) {
    const double seen = (standardized_ * spread_factor - m) / std::max(1.0, less_one_);
    return std::clamp(std::max(0.0, seen) + unit.expected_error, 0.0, kLargestDispersion);
  }
  const double scatter = std::max(0.0, hits_squared_ - hits_ * hits_ / trials_);
  const double weight = trials_ - m - (squares_ - trials_) / trials_;
  const double seen = (scatter * spread_factor / (rate * (1.0 - rate)) - (m - 1.0)) / std::max(1.0, weight);
  const double between = std::clamp(seen, 0.0, kLargestDispersion);
  // And the error of the peers' rate itself, as a part of its variance.
  const double error = (1.0 + (squares_ / trials_ - 1.0) * between) / trials_;
  return std::min(between + error, kLargestDispersion);
}

Outstanding Peers::judge(const Unit& unit, double spread_factor) const {
  // Half a hit more than was seen, so that peers without any do not make the first hit impossible.
  const double rate = unit.expected ? *unit.expected : (hits_ + 0.5) / (trials_ + 1.0);
  const double near = upper_tail(unit.trials, unit.hits, rate, dispersion(unit, rate, spread_factor));
  if (near > kFarOut) return {near, rate};
  return {std::max(near, scattered_tail(unit.trials, unit.hits, rate, dispersion(unit, rate, 1.0))), rate};
}

namespace {

struct Split {
  std::vector<std::size_t> honest;  // the peers of everybody
  std::vector<std::size_t> aside;   // those who stand out
};

// One after the other the most outstanding is set aside; the last that stood out decides how many stay aside.
Split set_aside(const std::vector<Unit>& units, double alone) {
  Split split;
  auto& [rest, aside] = split;
  Peers peers;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!is_judged(units[i])) continue;
    rest.push_back(i);
    peers.add(units[i]);
  }
  if (rest.size() <= kFewestPeers) return split;
  std::size_t standing_out = 0;
  const std::size_t most = std::min(rest.size() / kOneInTen + 1, rest.size() - kFewestPeers);
  while (aside.size() < most) {
    const double factor = spread_factor(peers.size() - 1);
    std::pair<std::size_t, double> worst{0, 2.0};
    for (std::size_t place = 0; place < rest.size(); ++place) {
      const Unit& unit = units[rest[place]];
      if (unit.hits < kFewestHits) continue;
      peers.remove(unit);
      const double p_value = peers.judge(unit, factor).p_value;
      peers.add(unit);
      if (p_value < worst.second) worst = {place, p_value};
    }
    if (worst.second > 1.0) break;
    aside.push_back(rest[worst.first]);
    if (worst.second <= alone) standing_out = aside.size();
    peers.remove(units[rest[worst.first]]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(worst.first));
    if (aside.size() > standing_out + most / 2 + 1) break;  // nobody stood out for long
  }
  rest.insert(rest.end(), aside.begin() + static_cast<std::ptrdiff_t>(standing_out), aside.end());
  aside.resize(standing_out);
  return split;
}

// Where chance gives each unit's rate: only the dispersion comes from the peers, and they are many.
void judge_against_chance(const std::vector<Unit>& units, const Split& split, std::vector<Outstanding>& answers) {
  Peers peers;
  for (const std::size_t i : split.honest) peers.add(units[i]);
  for (const std::size_t i : split.aside) answers[i] = peers.judge(units[i], spread_factor(peers.size()));
  for (const std::size_t i : split.honest) {
    peers.remove(units[i]);
    answers[i] = peers.judge(units[i], spread_factor(peers.size()));
    peers.add(units[i]);
  }
}

void judge_against_peers(const std::vector<Unit>& units, const Split& split, std::vector<Outstanding>& answers) {
  std::vector<HonestScatter::Counts> peers;
  double trials = 1.0, hits = 0.5;
  for (const std::size_t i : split.honest) {
    peers.push_back({units[i].trials, units[i].hits});
    trials += as_double(units[i].trials);
    hits += as_double(units[i].hits);
  }
  const HonestScatter scatter(peers);
  const auto is_usual = [&](const HonestScatter::Counts& unit) {
    return unit.hits < kFewestHits || scatter.distance(unit) < kUsual;
  };
  for (const std::size_t i : split.aside) {
    const HonestScatter::Counts unit{units[i].trials, units[i].hits};
    answers[i] = {scatter.upper_tail(unit), hits / trials};
  }
  for (const std::size_t i : split.honest) {
    const HonestScatter::Counts unit{units[i].trials, units[i].hits};
    answers[i].peers_rate = (hits - as_double(unit.hits)) / (trials - as_double(unit.trials));
    if (!is_usual(unit)) answers[i].p_value = scatter.upper_tail_of_peer(unit);
  }
}

}  // namespace

std::vector<Outstanding> judge_all(const std::vector<Unit>& units, double alone) {
  std::vector<Outstanding> answers(units.size());
  const Split split = set_aside(units, alone);
  if (split.honest.size() + split.aside.size() <= kFewestPeers) return answers;
  (units[split.honest.front()].expected ? judge_against_chance : judge_against_peers)(units, split, answers);
  return answers;
}

std::vector<double> holm(const std::vector<double>& p_values, std::size_t tests) {
  base::ensure(tests >= p_values.size(), "every p-value comes of one of the tests");
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double least = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, p_values[order[rank]] * static_cast<double>(tests - rank)));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace attestation
