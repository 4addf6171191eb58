#include "issuance/attestation/outliers.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <numbers>
#include <numeric>

#include "pki/base/core/error.h"

namespace attestation {

namespace {

constexpr double kConfidence = 0.05;    // one-sided: the dispersion is not larger with 95 %
constexpr double kNoDispersion = 1e-9;  // below: binomial
constexpr double kLargestDispersion = 0.5;
constexpr std::size_t kOneInTen = 10;  // at most a tenth of the units is set aside

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
    const boost::math::binomial_distribution<double> chance(as_double(trials), rate);
    return boost::math::cdf(boost::math::complement(chance, as_double(hits - 1)));
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
    sum += std::exp(-z * z / 2) * boost::math::ibeta(k, n - k + 1, here);
  }
  return std::min(1.0, sum * kStep / std::sqrt(2 * std::numbers::pi));
}

double spread_factor(std::size_t peers) {
  if (peers < 2) return 1.0;
  const double freedom = static_cast<double>(peers - 1);
  return freedom / boost::math::quantile(boost::math::chi_squared_distribution<double>(freedom), kConfidence);
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

std::vector<Outstanding> judge_all(const std::vector<Unit>& units, double alone) {
  std::vector<Outstanding> answers(units.size());
  std::vector<std::size_t> rest;
  Peers peers;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (!is_judged(units[i])) continue;
    rest.push_back(i);
    peers.add(units[i]);
  }
  if (rest.size() <= kFewestPeers) return answers;

  const auto without_itself = [&](std::size_t i, double factor) {
    peers.remove(units[i]);
    const Outstanding answer = peers.judge(units[i], factor);
    peers.add(units[i]);
    return answer;
  };
  // Set aside one after the other; what was set aside last and stood out decides how many stay aside.
  std::vector<std::pair<std::size_t, Outstanding>> aside;
  std::size_t standing_out = 0;
  const std::size_t most = std::min(rest.size() / kOneInTen + 1, rest.size() - kFewestPeers);
  while (aside.size() < most) {
    const double factor = spread_factor(peers.size() - 1);
    std::pair<std::size_t, Outstanding> worst{0, {2.0, 0.0}};
    for (std::size_t place = 0; place < rest.size(); ++place) {
      if (units[rest[place]].hits < kFewestHits) continue;
      const Outstanding answer = without_itself(rest[place], factor);
      if (answer.p_value < worst.second.p_value) worst = {place, answer};
    }
    if (worst.second.p_value > 1.0) break;
    aside.emplace_back(rest[worst.first], worst.second);
    if (worst.second.p_value <= alone) standing_out = aside.size();
    peers.remove(units[rest[worst.first]]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(worst.first));
    if (aside.size() > standing_out + most / 2 + 1) break;  // nobody stood out for long
  }
  for (std::size_t i = standing_out; i < aside.size(); ++i) {
    peers.add(units[aside[i].first]);
    rest.push_back(aside[i].first);
  }
  for (std::size_t i = 0; i < standing_out; ++i) {
    // Judged against the honest rest, to which no offender belongs.
    answers[aside[i].first] = peers.judge(units[aside[i].first], spread_factor(peers.size()));
  }
  for (const std::size_t i : rest) answers[i] = without_itself(i, spread_factor(peers.size() - 1));
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
