// docs/formats/vetting-map.csv answers for every row of the two tables of the procedure (tests/vectors): which rules
// judge it, or why none does.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "issuance/vetting/rules.h"
#include "pki/base/core/files.h"
#include "tests/support/vectors.h"

namespace {

using vetting::RuleSet;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::istringstream text(base::read_text_file(file, "reading a table"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

// RFC 4180, one line.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      if (quoted && i + 1 < line.size() && line[i + 1] == '"') {
        fields.back() += line[++i];
      } else {
        quoted = !quoted;
      }
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

struct Row {
  std::vector<std::string> rules;
  std::string remark;
};

// By source and row; a row that stands twice is a failure.
std::map<std::string, std::map<std::string, Row>> read_map() {
  const auto lines = lines_of(std::filesystem::path(CCCD_SOURCE_DIR) / "docs/formats/vetting-map.csv");
  EXPECT_EQ(lines.at(0), "source,row,rules,remark");
  std::map<std::string, std::map<std::string, Row>> map;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fields = fields_of(lines[i]);
    EXPECT_EQ(fields.size(), 4U) << lines[i];
    Row row{.rules = {}, .remark = fields.at(3)};
    std::istringstream words(fields.at(2));
    for (std::string word; words >> word;) row.rules.push_back(word);
    EXPECT_TRUE(map[fields.at(0)].emplace(fields.at(1), row).second) << lines[i];
  }
  return map;
}

std::set<std::string> rows_of(const std::map<std::string, Row>& rows) {
  std::set<std::string> names;
  for (const auto& [name, row] : rows) names.insert(name);
  return names;
}

TEST(VettingMapTest, AnswersForEveryConditionThatStopsAProcedure) {
  std::set<std::string> conditions;
  for (const std::string& line : lines_of(vectors::path("refuse_or_stop.txt"))) {
    conditions.insert(line.substr(0, line.find(" | ")));
  }
  EXPECT_EQ(conditions.size(), 9U);
  EXPECT_EQ(rows_of(read_map().at("refuse-or-stop")), conditions);
}

TEST(VettingMapTest, AnswersForEveryReasonAndTheyAreTheRuleSets) {
  std::set<std::string> codes;
  const auto lines = lines_of(vectors::path("issue_reasons.csv"));
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const auto fields = fields_of(lines[i]);
    const std::string& code = fields.at(0);
    const std::string& kind = fields.at(1);
    const std::string& old_card = fields.at(5);
    codes.insert(code);
    if (kind == "thu hồi" || kind == "giữ") {
      const auto* closing = RuleSet::shipped().closing(code);
      ASSERT_NE(closing, nullptr) << code;
      EXPECT_EQ(closing->act, kind == "giữ" ? vetting::Closing::Act::Hold : vetting::Closing::Act::Revoke) << code;
      EXPECT_THAT(closing->legal, testing::EndsWith(fields.at(4))) << code;
    } else {
      const auto* reason = RuleSet::shipped().reason(code);
      ASSERT_NE(reason, nullptr) << code;
      EXPECT_EQ(reason->old_card, old_card == "-" ? vetting::OldCard::None : vetting::OldCard::Withdraw) << code;
      EXPECT_THAT(reason->vi, testing::StartsWith(kind)) << code;
    }
  }
  EXPECT_EQ(rows_of(read_map().at("reason")), codes);
  EXPECT_EQ(codes.size(), RuleSet::shipped().reasons().size() + RuleSet::shipped().closings().size());
}

TEST(VettingMapTest, NamesRulesThatAreThereAndNoRuleIsWithoutARow) {
  std::set<std::string> named, there;
  for (const auto& rule : RuleSet::shipped().rules()) there.insert(rule.id);
  for (const auto& [source, rows] : read_map()) {
    for (const auto& [name, row] : rows) {
      named.insert(row.rules.begin(), row.rules.end());
      EXPECT_FALSE(row.rules.empty() && row.remark.empty()) << name << " has neither a rule nor a word why not";
    }
  }
  EXPECT_EQ(named, there);
}

}  // namespace
