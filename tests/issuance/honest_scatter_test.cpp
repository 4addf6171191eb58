// The scatter of honest units against values from elsewhere: a closed form, and sums over a plain grid.

#include "issuance/attestation/honest_scatter.h"

#include <gtest/gtest.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace {

using attestation::HonestScatter;
using Counts = HonestScatter::Counts;

std::vector<Counts> peers(std::initializer_list<std::pair<int, Counts>> groups) {
  std::vector<Counts> all;
  for (const auto& [times, counts] : groups) all.insert(all.end(), static_cast<std::size_t>(times), counts);
  return all;
}

// Python: sums over middle (0.05 apart), spread (0.03, weighed beforehand by a half-normal of scale 0.7) and true rate
// (0.1 spreads) with exact binomials (lgamma).
TEST(HonestScatter, AveragesOverMiddleAndSpreadAsAPlainSumDoes) {
  const HonestScatter middling(peers({{6, {100, 5}}, {3, {100, 2}}, {3, {100, 9}}}));
  EXPECT_NEAR(middling.upper_tail({100, 30}) / 0.0005395701490412975, 1.0, 0.03);
  EXPECT_NEAR(middling.upper_tail({100, 15}) / 0.014584879299490157, 1.0, 0.03);
  const HonestScatter rare(peers({{10, {40, 0}}, {8, {40, 1}}, {5, {40, 2}}, {2, {40, 4}}}));
  EXPECT_NEAR(rare.upper_tail({40, 12}) / 0.000558782628095621, 1.0, 0.03);
  EXPECT_NEAR(rare.upper_tail({60, 8}) / 0.009695555057327972, 1.0, 0.03);
}

// With counts so large that chance plays no part, the logits are seen themselves; a flat prior of middle and spread
// then makes the next one's distribution Student's t with two degrees of freedom less than there are peers.
TEST(HonestScatter, IsStudentsTWhereTheRatesThemselvesAreSeen) {
  constexpr std::int64_t kTrials = 100'000'000;
  const auto of_logit = [](double logit) {
    return Counts{kTrials, std::llround(static_cast<double>(kTrials) / (1 + std::exp(-logit)))};
  };
  std::vector<Counts> all;
  double squares = 0.0;
  constexpr int kPeers = 30;
  for (int i = 0; i < kPeers; ++i) {
    const double off = 0.25 * std::sin(1.0 + 2.0 * i);  // any numbers around a middle
    all.push_back(of_logit(off));
  }
  double mean = 0.0;
  const auto logit = [](const Counts& c) {
    return std::log(static_cast<double>(c.hits) / static_cast<double>(c.trials - c.hits));
  };
  for (const Counts& c : all) mean += logit(c) / kPeers;
  for (const Counts& c : all) squares += (logit(c) - mean) * (logit(c) - mean);
  const HonestScatter scatter(all);
  const boost::math::students_t_distribution<double> t(kPeers - 2);
  for (const double deviations : {1.0, 3.0, 5.0}) {
    const double scale = std::sqrt(squares / (kPeers - 2) * (1.0 + 1.0 / kPeers));
    const double expected = boost::math::cdf(boost::math::complement(t, deviations));
    EXPECT_NEAR(scatter.upper_tail(of_logit(mean + deviations * scale)) / expected, 1.0, 0.05) << deviations;
  }
}

TEST(HonestScatter, LeavesAPeerOutAsIfItHadNeverBeenThere) {
  const auto others = peers({{6, {100, 5}}, {3, {100, 2}}, {3, {100, 9}}});
  auto all = others;
  all.push_back({100, 18});
  EXPECT_NEAR(HonestScatter(all).upper_tail_of_peer({100, 18}) / HonestScatter(others).upper_tail({100, 18}), 1.0,
              0.02);
}

TEST(HonestScatter, SaysLittleWithFewPeersAndMuchWithMany) {
  const HonestScatter few(peers({{4, {200, 10}}, {4, {200, 6}}}));
  const HonestScatter many(peers({{100, {200, 10}}, {100, {200, 6}}}));
  EXPECT_GT(few.upper_tail({200, 60}), 100 * many.upper_tail({200, 60}));
  EXPECT_EQ(few.upper_tail({200, 0}), 1.0);
  EXPECT_GT(few.upper_tail({200, 8}), 0.3);
}

TEST(HonestScatter, KnowsWhatIsFarFromTheMiddle) {
  const HonestScatter scatter(peers({{30, {200, 10}}, {30, {200, 6}}}));
  EXPECT_LT(std::abs(scatter.distance({200, 8})), 0.5);
  EXPECT_GT(scatter.distance({200, 60}), 4.0);
  EXPECT_LT(scatter.distance({200, 0}), -1.0);
}

}  // namespace
