// The anomaly report over approved orders: who approves for whom, and who is there when a risky order is approved. Each
// planted scheme is found and clean work stays silent, all over twenty seeds.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "issuance/attestation/anomaly.h"
#include "tests/issuance/report_lines.h"
#include "tests/issuance/stations_at_work.h"

namespace {

using attestation::AnomalyReport;
using attestation::AnomalySearch;
using stations_at_work::Scheme;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kSeeds = 20;

AnomalyReport report_of(std::uint64_t seed, Scheme scheme) {
  AnomalySearch search;
  stations_at_work::fill(search, seed, scheme);
  return search.report();
}

TEST(AnomalyReportOfOrders, CleanWorkIsSilent) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AnomalyReport report = report_of(seed, Scheme::None);
    EXPECT_THAT(lines(report), IsEmpty()) << "seed " << seed;
    EXPECT_GT(report.orders, 12000);
    EXPECT_THAT(report.unsaid, IsEmpty());
  }
}

class PlantedAtAStation : public testing::TestWithParam<Scheme> {};

TEST_P(PlantedAtAStation, IsFoundWithTheOrdersBehindItAndNobodyOutsideIsAccused) {
  const auto planted = stations_at_work::planted(GetParam());
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const AnomalyReport report = report_of(seed, GetParam());
    for (const std::string& expected : planted.found) {
      EXPECT_THAT(lines(report), Contains(expected)) << "seed " << seed;
    }
    for (const auto& a : report.anomalies) {
      EXPECT_EQ(a.references.size(), static_cast<std::size_t>(a.hits));
      EXPECT_THAT(planted.people,
                  Contains(testing::ResultOf(
                      [&](const std::string& one) { return a.who.find(one) != std::string::npos; }, testing::IsTrue())))
          << "seed " << seed << " accuses " << a.measure << " " << a.who;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Schemes, PlantedAtAStation, testing::ValuesIn(stations_at_work::kSchemes),
                         [](const auto& param) { return stations_at_work::name(param.param); });

TEST(AnomalyReportOfOrders, OneSmallStationIsNotJudgedAndTheReportSaysSo) {
  AnomalySearch search;
  for (std::int64_t n = 0; n < 300; ++n) search.add(attestation::ApprovedOrder{n, "station-01", "R", {"A", "B"}, true});
  const AnomalyReport report = search.report();
  EXPECT_THAT(report.anomalies, IsEmpty());
  EXPECT_EQ(report.meetings, 900) << "A and B, and each of them the receiver";
  EXPECT_THAT(report.unsaid, Contains(HasSubstr("risky-orders / pair")));
}

}  // namespace
