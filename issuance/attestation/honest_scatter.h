#pragma once
// How much the true rates of honest units differ, as far as their own counts tell: a logit-normal scatter around one
// middle, both unknown (docs/formats/anomaly-report.md). What few or small units leave open is not replaced by an
// estimate: the answer averages over every middle and spread by how well they explain the peers.

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace attestation {

class HonestScatter {
 public:
  struct Counts {
    std::int64_t trials = 0, hits = 0;  // 0 <= hits <= trials, trials > 0
    auto operator<=>(const Counts&) const = default;
  };

  // At least two peers.
  explicit HonestScatter(const std::vector<Counts>& peers);

  // P(X >= hits) for one more honest unit with so many trials, given the peers.
  double upper_tail(const Counts& unit) const;
  // The same for one of the peers, given the others.
  double upper_tail_of_peer(const Counts& peer) const;
  // By how many standard deviations the unit lies above the middle, roughly: to know where to look closer.
  double distance(const Counts& unit) const;

 private:
  // One pair of middle and spread (of the logits), with the logarithm of its weight.
  struct Point {
    double middle, spread, weight;
  };
  // Peers with the same counts are one row.
  struct Row {
    double multiplicity = 0;
    double logit = 0, variance = 0;  // of the counts
    std::vector<double> likelihood;  // at each node; empty where the normal approximation serves
  };

  double log_likelihood(const Row& row, double middle, double spread, const std::vector<double>& density) const;
  double log_posterior(double middle, double spread) const;
  void add_points();
  void add_points_of(double spread, double near);
  double most_likely_middle(double spread) const;
  double average(const Counts& unit, const Row* without) const;

  std::map<Counts, Row> rows_;
  std::vector<Point> points_;
  std::vector<std::vector<double>> densities_;  // of each point, at the nodes
  double pooled_ = 0;                           // logit of the peers' mean rate
  double middle_ = 0, spread_ = 0;              // the most likely
};

}  // namespace attestation
