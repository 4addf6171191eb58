#pragma once
// Which of many units that do the same work stand out by their rate: the statistical test of the anomaly report, free
// of what the units are (docs/formats/anomaly-report.md states it in words).
//
// Honest units differ: their true rates scatter. Peers that do the same work are held against a logit-normal scatter
// whose middle and spread are averaged over (honest_scatter.h); the p-value is the chance of so many hits or more for
// one more honest unit. Where chance itself gives a unit's rate (who meets whom), only the dispersion ρ comes from the
// peers, by moments and at the upper end of its 95 % interval; the tail is the beta-binomial's, and never less than
// under a logit-normal scatter of the same size, whose tail is longer. Several offenders hide each other in the peers'
// scatter, so the most outstanding unit is set aside, the rest is judged anew, and so on (Rosner's generalized ESD
// procedure, with the second test, which is quick).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace attestation {

struct Unit {
  std::int64_t trials = 0, hits = 0;
  std::optional<double> expected;  // the rate that chance gives this unit, where it is known; else the peers' is used
  double expected_error = 0;       // variance of `expected`, as a part of e(1 − e)
};

struct Outstanding {
  double p_value = 1.0;     // of one test, before any correction
  double peers_rate = 0.0;  // against which it was judged
};

// What the test of one unit needs of its peers, all sums: so a unit is left out in constant time.
class Peers {
 public:
  void add(const Unit& unit);
  void remove(const Unit& unit);
  // Against these peers, to which the unit does not belong; spread_factor as below.
  Outstanding judge(const Unit& unit, double spread_factor) const;
  std::size_t size() const { return units_; }

 private:
  void change(const Unit& unit, double sign);
  double dispersion(const Unit& unit, double rate, double spread_factor) const;
  std::size_t units_ = 0;
  double trials_ = 0, hits_ = 0, squares_ = 0;  // Σn, Σk, Σn²
  double hits_squared_ = 0;                     // Σk²/n
  double standardized_ = 0, less_one_ = 0;      // of units with an expected rate: Σ(k−ne)²/(ne(1−e)), Σ(n−1)
};

// By how much the dispersion seen in so many peers may be too small, at 95 %: (m − 1)/χ²₀.₀₅(m − 1).
double spread_factor(std::size_t peers);

// P(X ≥ hits) for a beta-binomial with this mean and dispersion (0: binomial); rate in [0, 1].
double upper_tail(std::int64_t trials, std::int64_t hits, double rate, double dispersion);
// P(X ≥ hits) where the logit of the true rate is normal around the mean's, with the same dispersion: a longer tail.
double scattered_tail(std::int64_t trials, std::int64_t hits, double rate, double dispersion);

inline constexpr std::size_t kFewestPeers = 8;     // fewer say nothing about what is usual
inline constexpr std::int64_t kFewestTrials = 10;  // a unit with less work is nobody's peer and is not judged
inline constexpr std::int64_t kFewestHits = 5;
inline constexpr double kLeastRatio = 2.0;  // less than twice the peers' odds is never shown

// One answer a unit, in their order; either all units have an expected rate or none. Units that no test concerns (too
// little work, too few peers, less than two standard deviations above the middle) have p-value 1.
// `alone`: the level at which one unit counts as standing out while others are set aside, after correction.
std::vector<Outstanding> judge_all(const std::vector<Unit>& units, double alone);

// Holm's step-down correction for `tests` tests (at least as many as there are p-values): adjusted p-values, in the
// order given.
std::vector<double> holm(const std::vector<double>& p_values, std::size_t tests);

}  // namespace attestation
