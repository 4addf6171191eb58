#include "issuance/attestation/honest_scatter.h"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

#include "issuance/attestation/chances.h"
#include "pki/base/core/error.h"

namespace attestation {

namespace {

// Logits at which a likelihood is held. Honest spreads are at least as wide as the step.
constexpr double kFrom = -14.0, kTo = 8.0, kStep = 0.1;
constexpr std::size_t kNodes = 221;
constexpr double kLeastSpread = kStep, kLargestSpread = 3.0;
// Honest offices seldom differ by more than a factor of four: what is assumed where few peers tell little.
constexpr double kUsualSpread = 0.7;
constexpr double kLeastMiddle = -12.0, kLargestMiddle = 5.0;
constexpr double kManyHits = 30.0;  // from here a likelihood is as good as normal in the logit
constexpr int kCoarseSpreads = 8, kSpreads = 16, kMiddles = 11;
constexpr double kNegligible = 30.0;  // of a logarithm of weights
constexpr double kWidth = 6.0;        // spreads to either side that a rate is sought in
constexpr double kSide = 5.0;         // standard deviations to either side that the middle is sought in
constexpr double kFlat = 1e-3;        // a bend of the logarithm that is taken for none
constexpr int kParts = 8;             // of a step, where a tail is steep
constexpr int kBits = 10;             // of the search for a maximum

double node(std::size_t i) {
  return kFrom + kStep * static_cast<double>(i);
}

double log_one_plus_exp(double x) {
  return x > 30.0 ? x : std::log1p(std::exp(x));
}

// The i-th of so many values at equal ratios.
double spaced(double from, double to, int count, int i) {
  return from * std::pow(to / from, static_cast<double>(i) / (count - 1));
}

// Of the counts: their logit and its variance, half a hit added on both sides.
std::pair<double, double> logit_of(const HonestScatter::Counts& counts) {
  const double k = static_cast<double>(counts.hits) + 0.5, l = static_cast<double>(counts.trials - counts.hits) + 0.5;
  return {std::log(k / l), 1 / k + 1 / l};
}

// The nodes that a scatter reaches, as [first, last).
std::pair<std::size_t, std::size_t> reached(double middle, double spread) {
  const auto place = [](double logit) {
    return static_cast<std::size_t>(std::clamp((logit - kFrom) / kStep, 0.0, static_cast<double>(kNodes)));
  };
  return {place(middle - kWidth * spread), place(middle + kWidth * spread + kStep)};
}

// The probability of a scatter at each node.
std::vector<double> density_of(double middle, double spread) {
  std::vector<double> density(kNodes);
  const auto [first, last] = reached(middle, spread);
  const double scale = kStep / (spread * std::sqrt(2 * std::numbers::pi));
  for (std::size_t i = first; i < last; ++i) {
    const double z = (node(i) - middle) / spread;
    density[i] = scale * std::exp(-z * z / 2);
  }
  return density;
}

// P(X >= k) of a binomial around each node. With many hits it rises within a step: then the mean over the step.
std::vector<double> tails_at_nodes(double k, double n) {
  const int parts = std::min(k, n - k) < kManyHits ? 1 : kParts;
  std::vector<double> tails(kNodes);
  for (std::size_t i = 0; i < kNodes; ++i) {
    for (int part = 0; part < parts; ++part) {
      const double logit = node(i) + kStep * ((part + 0.5) / parts - 0.5);
      tails[i] += binomial_tail(n, k, 1 / (1 + std::exp(-logit))) / parts;
    }
  }
  return tails;
}

}  // namespace

HonestScatter::HonestScatter(const std::vector<Counts>& peers) {
  base::ensure(peers.size() >= 2, "a scatter needs peers");
  double trials = 1.0, hits = 0.5;
  for (const Counts& peer : peers) {
    trials += static_cast<double>(peer.trials);
    hits += static_cast<double>(peer.hits);
    Row& row = rows_[peer];
    if (++row.multiplicity > 1) continue;
    const double n = static_cast<double>(peer.trials), k = static_cast<double>(peer.hits);
    std::tie(row.logit, row.variance) = logit_of(peer);
    if (std::min(k, n - k) >= kManyHits) continue;
    const auto log_of = [&](double logit) { return k * logit - n * log_one_plus_exp(logit); };
    const double most = log_of(row.logit);
    row.likelihood.resize(kNodes);
    for (std::size_t i = 0; i < kNodes; ++i) row.likelihood[i] = std::exp(log_of(node(i)) - most);
  }
  pooled_ = std::log(hits / (trials - hits));
  add_points();
  for (const Point& point : points_) densities_.push_back(density_of(point.middle, point.spread));
  const auto& likeliest = *std::ranges::max_element(points_, {}, &Point::weight);
  middle_ = likeliest.middle;
  spread_ = likeliest.spread;
}

double HonestScatter::log_likelihood(const Row& row, double middle, double spread,
                                     const std::vector<double>& density) const {
  if (row.likelihood.empty()) {
    const double variance = row.variance + spread * spread, off = row.logit - middle;
    // With the height that the other rows' likelihoods have: 1 at their maximum.
    return -off * off / (2 * variance) + std::log(row.variance / variance) / 2;
  }
  const auto [first, last] = reached(middle, spread);
  double sum = 0.0;
  for (std::size_t i = first; i < last; ++i) sum += row.likelihood[i] * density[i];
  return std::log(std::max(sum, 1e-300));
}

double HonestScatter::log_posterior(double middle, double spread) const {
  const auto density = density_of(middle, spread);
  // Beforehand: Jeffreys' prior of the middle rate, and a half-normal one of the spread.
  double sum = middle / 2 - log_one_plus_exp(middle) - spread * spread / (2 * kUsualSpread * kUsualSpread);
  for (const auto& [counts, row] : rows_) sum += row.multiplicity * log_likelihood(row, middle, spread, density);
  return sum;
}

double HonestScatter::most_likely_middle(double spread) const {
  // By half the square of the spread the middle and the logit of the mean rate differ; and one very large peer may
  // stand three spreads away from the others.
  const double around = 2.5 + spread * spread;
  return boost::math::tools::brent_find_minima([&](double middle) { return -log_posterior(middle, spread); },
                                               std::max(kLeastMiddle, pooled_ - around),
                                               std::min(kLargestMiddle, pooled_ + around), kBits)
      .first;
}

// A coarse look over all spreads tells which weigh anything; then those closely.
void HonestScatter::add_points() {
  struct Coarse {
    double spread, middle, weight;
  };
  std::vector<Coarse> coarse;
  for (int i = 0; i < kCoarseSpreads; ++i) {
    const double spread = spaced(kLeastSpread, kLargestSpread, kCoarseSpreads, i), middle = most_likely_middle(spread);
    coarse.push_back({spread, middle, log_posterior(middle, spread)});
  }
  const double least = std::ranges::max_element(coarse, {}, &Coarse::weight)->weight - kNegligible;
  std::size_t first = 0, last = coarse.size() - 1;
  while (coarse[first].weight < least) ++first;
  while (coarse[last].weight < least) --last;
  if (first > 0) --first;
  last = std::min(last + 1, coarse.size() - 1);
  for (int i = 0; i < kSpreads; ++i) {
    const double spread = spaced(coarse[first].spread, coarse[last].spread, kSpreads, i);
    std::size_t below = first;
    while (below + 2 < coarse.size() && coarse[below + 1].spread < spread) ++below;
    const Coarse &a = coarse[below], &b = coarse[below + 1];
    const double part = std::log(spread / a.spread) / std::log(b.spread / a.spread);
    add_points_of(spread, std::lerp(a.middle, b.middle, part));
  }
}

void HonestScatter::add_points_of(double spread, double near) {
  const double aside = spread / 10, below = log_posterior(near - aside, spread), here = log_posterior(near, spread),
               above = log_posterior(near + aside, spread);
  const double bend = std::max((2 * here - below - above) / (aside * aside), kFlat);
  const double middle = near + std::clamp((above - below) / (2 * aside) / bend, -spread, spread);
  const double step = 2 * kSide / std::sqrt(bend) / (kMiddles - 1);
  for (int i = 0; i < kMiddles; ++i) {
    const double at = middle + (i - (kMiddles - 1) / 2) * step;
    // The spreads stand at equal ratios.
    points_.push_back({at, spread, log_posterior(at, spread) + std::log(step * spread)});
  }
}

double HonestScatter::average(const Counts& unit, const Row* without) const {
  const double k = static_cast<double>(unit.hits), n = static_cast<double>(unit.trials);
  const auto tail = tails_at_nodes(k, n);
  std::vector<double> weights(points_.size()), tails(points_.size());
  for (std::size_t p = 0; p < points_.size(); ++p) {
    const auto [middle, spread, weight] = points_[p];
    weights[p] = weight - (without ? log_likelihood(*without, middle, spread, densities_[p]) : 0.0);
    const auto [first, last] = reached(middle, spread);
    for (std::size_t i = first; i < last; ++i) tails[p] += densities_[p][i] * tail[i];
    // Beyond the last node the hits are certain.
    tails[p] += std::erfc((kTo + kStep / 2 - middle) / (spread * std::numbers::sqrt2)) / 2;
  }
  const double most = *std::ranges::max_element(weights);
  double sum = 0.0, all = 0.0;
  for (std::size_t p = 0; p < points_.size(); ++p) {
    const double weight = std::exp(weights[p] - most);
    all += weight;
    sum += weight * tails[p];
  }
  return std::min(1.0, sum / all);
}

double HonestScatter::upper_tail(const Counts& unit) const {
  return unit.hits <= 0 ? 1.0 : average(unit, nullptr);
}

double HonestScatter::upper_tail_of_peer(const Counts& peer) const {
  return peer.hits <= 0 ? 1.0 : average(peer, &rows_.at(peer));
}

double HonestScatter::distance(const Counts& unit) const {
  const auto [logit, variance] = logit_of(unit);
  return (logit - middle_) / std::sqrt(variance + spread_ * spread_);
}

}  // namespace attestation
