// Every rule has a sample on which exactly it fires, and a twin, one field apart, on which nothing fires.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/lint/rows.h"

namespace {

using test::Row;
using test::World;

const std::vector<Row>& rows() {
  static const std::vector<Row> kAll = [] {
    std::vector<Row> all;
    for (const auto& group : {test::body_rows(), test::extension_rows(), test::lifetime_rows(), test::crl_rows(),
                              test::signed_data_rows(), test::list_rows()}) {
      all.insert(all.end(), group.begin(), group.end());
    }
    return all;
  }();
  return kAll;
}

std::vector<std::string> codes(const base::Findings& findings) {
  std::vector<std::string> all;
  for (const base::Finding& finding : findings.list()) all.push_back(finding.code);
  return all;
}

class LintPairTest : public testing::TestWithParam<Row> {};

TEST_P(LintPairTest, ExactlyTheRuleFiresOnItsSampleAndNothingOnTheTwin) {
  const Row& row = GetParam();
  World twin(row.kind);
  row.beside(twin);
  World sample = twin;
  row.change(sample);
  EXPECT_THAT(codes(twin.lint()), testing::IsEmpty());
  EXPECT_THAT(codes(sample.lint()), testing::ElementsAre(row.rule));
}

INSTANTIATE_TEST_SUITE_P(EveryRule, LintPairTest, testing::ValuesIn(rows()),
                         [](const auto& tested) { return std::string(tested.param.rule); });

// Rules on CV certificates have their pairs in tests/cvc.
TEST(LintRulesTest, EveryRuleHasItsPair) {
  std::multiset<std::string> paired;
  for (const Row& row : rows()) paired.insert(row.rule);
  for (const lint::Rule& rule : lint::rules()) {
    if (rule.id.starts_with("CVC_") || rule.id.starts_with("CVREQ_")) continue;
    EXPECT_EQ(paired.count(std::string(rule.id)), 1U) << rule.id;
  }
}

TEST(LintRulesTest, NoIdIsGivenTwice) {
  std::set<std::string_view> seen;
  for (const lint::Rule& rule : lint::rules()) {
    EXPECT_TRUE(seen.insert(rule.id).second) << rule.id;
    EXPECT_NE(rule.check, nullptr) << rule.id;
    EXPECT_FALSE(rule.clause.empty() || rule.text.empty()) << rule.id;
  }
}

}  // namespace
