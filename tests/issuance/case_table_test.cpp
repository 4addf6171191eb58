#include "issuance/cases/case_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "pki/base/core/error.h"

namespace {

using cases::CaseTable;
using cases::Role;

TEST(CaseTableTest, LeadsFromTheApplicationToTheDeliveredCard) {
  const struct {
    const char* event;
    Role role;
    std::set<std::string> facts;
    const char* to;
  } kWay[] = {{"open", Role::Receiver, {"application-well-formed"}, "received"},
              {"vet", Role::Station, {"vetting-passed"}, "checked"},
              {"approve", Role::Checker, {"approval-counts"}, "approved-once"},
              {"approve", Role::Approver, {"approval-counts", "two-officers"}, "approved"},
              {"assign", Role::Station, {"two-officers", "signer-assigned"}, "assigned"},
              {"sign", Role::Station, {"two-officers", "signer-signed"}, "signed"},
              {"personalize", Role::Station, {"chip-locked"}, "personalized"},
              {"print", Role::Station, {"faces-painted"}, "printed"},
              {"accept", Role::Station, {"inspection-genuine"}, "accepted"},
              {"deliver", Role::Receiver, {"acceptance-signed", "registry-recorded"}, "delivered"}};
  const CaseTable& table = CaseTable::shipped();
  std::string state;
  for (const auto& step : kWay) {
    EXPECT_TRUE(table.may(state, step.event, step.role).empty()) << step.event;
    const auto* arrow = table.next(state, step.event, step.role, step.facts);
    ASSERT_NE(arrow, nullptr) << step.event;
    state = arrow->to;
    EXPECT_EQ(state, step.to);
  }
}

TEST(CaseTableTest, WalksNoArrowWithOneOfItsGuardsMissing) {
  const CaseTable& table = CaseTable::shipped();
  for (const cases::Arrow& arrow : table.arrows()) {
    const std::string from = arrow.from.empty() ? "" : arrow.from[0];
    for (const std::string& missing : arrow.guards) {
      std::set<std::string> facts(arrow.guards.begin(), arrow.guards.end());
      facts.erase(missing);
      const auto* other = table.next(from, arrow.event, arrow.roles[0], facts);
      EXPECT_TRUE(other == nullptr || other->to != arrow.to) << arrow.event << " without " << missing;
    }
  }
}

TEST(CaseTableTest, NamesTheStateOrTheRoleThatForbidsAStep) {
  const CaseTable& table = CaseTable::shipped();
  EXPECT_TRUE(table.may("received", "approve", Role::Approver).has("CASE_STATE"));
  EXPECT_TRUE(table.may("", "vet", Role::Station).has("CASE_STATE"));
  EXPECT_TRUE(table.may("delivered", "open", Role::Receiver).has("CASE_STATE"));
  EXPECT_TRUE(table.may("checked", "approve", Role::Receiver).has("OFFICER_ROLE"));
  EXPECT_TRUE(table.may("", "open", Role::Approver).has("OFFICER_ROLE"));
}

TEST(CaseTableTest, GoesBackOnlyThroughTheFourNamedStates) {
  std::set<std::string> ways_back;
  for (const auto& state : CaseTable::shipped().states()) {
    if (state.way_back) ways_back.insert(state.id);
  }
  EXPECT_EQ(ways_back, (std::set<std::string>{"refused", "held", "spoiled", "revoked"}));
  // Forward states in their order: an arrow to an earlier one exists only for vetting anew, which voids approvals.
  const std::vector<std::string> order{"received", "checked",      "approved-once", "approved", "assigned",
                                       "signed",   "personalized", "printed",       "accepted", "delivered"};
  const auto rank = [&](const std::string& state) { return std::ranges::find(order, state) - order.begin(); };
  for (const auto& arrow : CaseTable::shipped().arrows()) {
    if (ways_back.contains(arrow.to)) continue;
    for (const std::string& from : arrow.from) {
      if (ways_back.contains(from)) continue;
      EXPECT_TRUE(rank(from) < rank(arrow.to) || arrow.event == "vet") << from << " -> " << arrow.to;
    }
  }
}

TEST(CaseTableTest, SignsNothingOutOfAStateThatTwoOfficersDidNotMake) {
  for (const auto& arrow : CaseTable::shipped().arrows()) {
    if (arrow.event != "sign" && arrow.event != "assign") continue;
    EXPECT_THAT(arrow.guards, testing::Contains("two-officers"));
  }
}

TEST(CaseTableTest, AnAppealGoesBackToTheBeginningAndNowhereElse) {
  const CaseTable& table = CaseTable::shipped();
  const auto* arrow = table.next("refused", "appeal", Role::Receiver, {"other-officers", "reason-given"});
  ASSERT_NE(arrow, nullptr);
  EXPECT_EQ(arrow->to, "received");
  EXPECT_TRUE(table.may("refused", "appeal", Role::Approver).has("OFFICER_ROLE"));
  EXPECT_TRUE(table.may("refused", "vet", Role::Station).has("CASE_STATE"));
  EXPECT_TRUE(table.may("held", "appeal", Role::Receiver).has("CASE_STATE"));
}

TEST(CaseTableTest, RefusesATableThatCannotBeMeantAndNamesTheLine) {
  const std::string good =
      "version = \"1\"\n[[state]]\nid = \"a\"\nvi = \"x\"\nen = \"x\"\n[[state]]\nid = \"b\"\nvi = \"x\"\nen = \"x\"\n"
      "final = true\n[[arrow]]\nevent = \"open\"\nfrom = []\nto = \"a\"\nroles = [\"receiver\"]\n"
      "guards = [\"reason-given\"]\n[[arrow]]\nevent = \"go\"\nfrom = [\"a\"]\nto = \"b\"\nroles = [\"station\"]\n"
      "guards = [\"chip-locked\"]\n";
  EXPECT_EQ(CaseTable::parse(good, "x").arrows().size(), 2U);
  const std::pair<std::string, std::string> changes[] = {
      {"chip-locked", "chip-shaken"},
      {"[\"station\"]", "[\"boss\"]"},
      {"[\"station\"]", "[]"},
      {"to = \"b\"", "to = \"c\""},
      {"from = [\"a\"]", "from = [\"c\"]"},
      {"from = [\"a\"]", "from = [\"b\"]"},
      {"final = true", "final = false"},
      {"id = \"b\"", "id = \"a\""},
      {"event = \"go\"", "event = \"\""},
      {"version = \"1\"", "version = \"1\"\nmore = 1"},
      {"event = \"go\"\nfrom = [\"a\"]", "event = \"open\"\nfrom = []"},
      {"[[state]]", "[[state]"}};
  for (const auto& [from, to] : changes) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    try {
      CaseTable::parse(bad, "states-x.toml");
      ADD_FAILURE() << to << " was taken";
    } catch (const base::Error& error) {
      EXPECT_EQ(error.fault(), base::Fault::FixConfiguration);
      EXPECT_THAT(error.what(), testing::ContainsRegex("states-x.toml:[0-9]+: ")) << to;
    }
  }
}

}  // namespace
