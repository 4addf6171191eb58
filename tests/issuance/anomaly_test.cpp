// The anomaly report: planted schemes of each kind are found, clean work stays silent, both over twenty seeds; and the
// figures behind it against values computed elsewhere.

#include "issuance/attestation/anomaly.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/issuance/confirmations.h"
#include "tests/issuance/report_lines.h"

namespace {

using attestation::AnomalyReport;
using attestation::AnomalySearch;
using attestation::Unit;
using confirmations::Scheme;
using testing::Contains;
using testing::IsEmpty;

constexpr std::uint64_t kSeeds = 20;

AnomalyReport report_of(std::uint64_t seed, Scheme scheme) {
  AnomalySearch search;
  confirmations::fill(search, seed, scheme);
  return search.report();
}

TEST(AnomalyReportOf, CleanWorkIsSilent) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AnomalyReport report = report_of(seed, Scheme::None);
    EXPECT_THAT(lines(report), IsEmpty()) << "seed " << seed;
    EXPECT_GT(report.tests, 500U) << "it did look";
    EXPECT_THAT(report.unsaid, IsEmpty());
  }
}

class Planted : public testing::TestWithParam<Scheme> {};

TEST_P(Planted, IsFoundWithTheNumbersBehindItAndNobodyElseIsAccused) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AnomalyReport report = report_of(seed, GetParam());
    for (const std::string& expected : confirmations::planted(GetParam())) {
      EXPECT_THAT(lines(report), Contains(expected)) << "seed " << seed;
    }
    for (const auto& a : report.anomalies) {
      EXPECT_EQ(a.references.size(), static_cast<std::size_t>(a.hits));
      EXPECT_LE(a.adjusted, report.level);
      EXPECT_THAT(a.measure, testing::StartsWith(confirmations::planted(GetParam())[0].substr(
                                 0, confirmations::planted(GetParam())[0].find(' '))))
          << "seed " << seed << " accuses " << a.who;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Schemes, Planted, testing::ValuesIn(confirmations::kSchemes),
                         [](const auto& param) { return confirmations::name(param.param); });

// Sums of exact fractions (Python's fractions): C(n,x)·(a)x·(b)n−x/(a+b)n with a = p(1/ρ − 1), b = (1 − p)(1/ρ − 1).
TEST(UpperTail, IsTheExactSum) {
  EXPECT_NEAR(attestation::upper_tail(100, 20, 0.05, 0.0) / 1.0522953420147268e-07, 1.0, 1e-9);
  EXPECT_NEAR(attestation::upper_tail(100, 20, 0.05, 0.01) / 0.00043428329380433605, 1.0, 1e-9);
  EXPECT_NEAR(attestation::upper_tail(1000, 80, 0.05, 0.002) / 0.012861164496996785, 1.0, 1e-9);
  EXPECT_NEAR(attestation::upper_tail(60, 30, 0.06, 0.05) / 5.213715107729194e-05, 1.0, 1e-9);
  EXPECT_NEAR(attestation::upper_tail(40, 5, 0.02, 0.0) / 0.0011751924545291216, 1.0, 1e-9);
}

TEST(ScatteredTail, IsTheBinomialWithoutScatterAndLongerThanTheBetas) {
  EXPECT_NEAR(attestation::scattered_tail(40, 5, 0.02, 1e-12) / attestation::upper_tail(40, 5, 0.02, 0.0), 1.0, 1e-4);
  EXPECT_GT(attestation::scattered_tail(300, 90, 0.06, 0.01), attestation::upper_tail(300, 90, 0.06, 0.01));
  EXPECT_EQ(attestation::scattered_tail(40, 0, 0.02, 0.1), 1.0);
}

TEST(UpperTail, KnowsItsEnds) {
  EXPECT_EQ(attestation::upper_tail(10, 0, 0.1, 0.1), 1.0);
  EXPECT_NEAR(attestation::upper_tail(1, 1, 0.3, 0.2), 0.3, 1e-12);
  EXPECT_EQ(attestation::upper_tail(10, 3, 1.0, 0.0), 1.0);
}

// Worked example: p = 0.01, 0.04, 0.03, 0.005 of four tests (R: p.adjust(c(.01,.04,.03,.005), "holm")).
TEST(Holm, AdjustsAsR) {
  EXPECT_THAT(attestation::holm({0.01, 0.04, 0.03, 0.005}, 4),
              testing::Pointwise(testing::DoubleNear(1e-12), {0.03, 0.06, 0.06, 0.02}));
  EXPECT_THAT(attestation::holm({0.01, 0.9}, 100), testing::Pointwise(testing::DoubleNear(1e-12), {1.0, 1.0}));
}

TEST(Outliers, TooFewPeersSayNothing) {
  const std::vector<Unit> eight(attestation::kFewestPeers, {100, 1, std::nullopt, 0});
  auto units = eight;
  units[0].hits = 90;
  for (const auto& answer : attestation::judge_all(units, 1e-3)) EXPECT_EQ(answer.p_value, 1.0);
  units.push_back({100, 1, std::nullopt, 0});
  EXPECT_LT(attestation::judge_all(units, 1e-3)[0].p_value, 1e-3);
}

TEST(Outliers, HonestDifferencesAmongPeersAreNoOffence) {
  // The same 20 of 100 among peers that are all alike and among peers that differ widely.
  std::vector<Unit> alike(30, {100, 5, std::nullopt, 0}), different;
  for (int i = 0; i < 30; ++i) different.push_back({100, i % 3 == 0 ? 15 : 0, std::nullopt, 0});
  alike.push_back({100, 20, std::nullopt, 0});
  different.push_back({100, 20, std::nullopt, 0});
  EXPECT_LT(attestation::judge_all(alike, 1e-4).back().p_value, 1e-4);
  EXPECT_GT(attestation::judge_all(different, 1e-4).back().p_value, 1e-2);
}

TEST(AnomalyReportOf, TheNightIsTheNightInVietNam) {
  const auto at = [](const char* utc) { return attestation::is_night(*base::parse_rfc3339(utc)); };
  EXPECT_FALSE(at("2026-11-23T14:59:59Z"));
  EXPECT_TRUE(at("2026-11-23T15:00:00Z"));
  EXPECT_TRUE(at("2026-11-23T21:59:59Z"));
  EXPECT_FALSE(at("2026-11-23T22:00:00Z"));
}

TEST(AnomalyReportOf, TwoWhoAreAloneInTheirOfficeHaveToMeet) {
  AnomalySearch search;
  for (std::int64_t n = 0; n < 500; ++n) search.add_meeting(n, "A", "001-CX-0001", "B", "001-CX-0001");
  EXPECT_THAT(search.report().anomalies, IsEmpty());
  EXPECT_EQ(search.report().meetings, 500);
}

}  // namespace
