// A foreigner wants a card: an exhaustive walk over coalitions of confirming officers × who receives × what each of
// them states, up to what the signer asks before it believes an order. The station may belong to the coalition too: it
// can skip its own vetting, so only the signer's judgement (the real one) counts, and the approvers are honest people
// who approve what passes. docs/threat-model.md says which coalitions are withstood; this test holds it to that. When
// one rule is taken away, the walk finds a way through.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <functional>
#include <set>

#include "issuance/attestation/attestation.h"
#include "issuance/signing/evidence_checks.h"
#include "pki/evidence/statement.h"
#include "tests/issuance/signing_world.h"

namespace {

using attestation::Attestation;
using attestation::Opened;
using attestation::Rules;

const base::Moment kNow = *base::parse_rfc3339("2026-11-23T02:00:00Z");

struct Account {
  std::string person, office, force;
};
// Who may be bought. D is one person with two accounts in two forces.
const std::vector<std::vector<Account>> kOfficers{
    {{"C1", "A", "commune-police"}},    {{"C2", "A", "commune-police"}},
    {{"C3", "B", "commune-police"}},    {{"P1", "X", "provincial-police"}},
    {{"P2", "X", "provincial-police"}}, {{"H1", "S", "civil-status"}},
    {{"H2", "S", "civil-status"}},      {{"D", "B", "commune-police"}, {"D", "Y", "provincial-police"}},
};
using Coalition = unsigned;  // a bit an officer
constexpr Coalition kEverybody = 1U << 8U;
constexpr int kNobodyBought = -1;  // an honest officer receives

// Whom they want to make a citizen. No true evidence of nationality is there, so no honest officer confirms any.
enum class Foreigner {
  Adult,     // a record invented for him: the register never heard of his birth
  BornHere,  // of foreign parents; an honest registrar confirmed the birth in time
};
constexpr std::array kForeigners{Foreigner::Adult, Foreigner::BornHere};

// What one of them states about him.
enum class Says { Nothing, AllOnRecord, AllOnRecordLate, AllOnWitnesses, BirthAlone, CitizenshipAlone };
constexpr int kWays = 6;

Opened statement(const Account& by, const char* kind, const char* evidence, bool late, base::Moment at) {
  return {.content = Attestation{.number = "001090000000",
                                 .kind = kind,
                                 .late = late,
                                 .account = by.person + "." + by.force,
                                 .office = by.office,
                                 .force = by.force,
                                 .evidence = evidence,
                                 .evidence_sha256 = {},
                                 .at = at,
                                 .nonce = {}},
          .person = by.person,
          .sha256 = {}};
}

void state(const std::vector<Account>& officer, Says what, std::vector<Opened>& all) {
  for (const Account& by : officer) {
    const char* const evidence = what == Says::AllOnWitnesses ? "witnesses" : "birth-record";
    if (what != Says::Nothing && what != Says::CitizenshipAlone) {
      all.push_back(statement(by, "birth", evidence, what == Says::AllOnRecordLate, kNow));
    }
    if (what != Says::Nothing && what != Says::BirthAlone)
      all.push_back(statement(by, "citizenship", evidence, false, kNow));
  }
}

class Signer {
 public:
  explicit Signer(const Rules& rules) : rules_(rules), trust_(entries()) { order_.receiver_account = "honest"; }

  // Whether the register's answer, with these statements, is enough for an order that `receiver` took.
  bool takes(Foreigner who, const std::vector<Opened>& stated, int receiver) {
    const base::Date birth = who == Foreigner::Adult ? base::make_date(1990, 1, 1) : base::make_date(2012, 5, 1);
    std::vector<Opened> all = stated;
    if (who == Foreigner::BornHere) {
      all.push_back(statement({"H9", "S9", "civil-status"}, "birth", "birth-record", false,
                              *base::parse_rfc3339("2012-05-20T02:00:00Z")));
    }
    document::RegistryAnswer answer;
    answer.attestations = attestation::attested(all, {}, birth);
    order_.receiver_account = receiver == kNobodyBought ? "honest" : account(receiver);
    base::Findings findings;
    signing::check_attestations(answer, order_, trust_, base::date_in_viet_nam(kNow), rules_, findings);
    return !findings.failed();
  }

 private:
  static std::string account(int officer) {
    return "station." + kOfficers[static_cast<std::size_t>(officer)].front().person;
  }
  static signing::TrustDirectory entries() {
    std::vector<signing::TrustEntry> entries;
    const auto enter = [&](const std::string& person, const std::string& account) {
      entries.push_back({.kind = signing::TrustKind::Officer,
                         .key_id = account,
                         .public_key = base::bytes_of(account),
                         .person = person,
                         .account = account,
                         .subject = {},
                         .added_at = kNow});
    };
    enter("R", "honest");
    for (int i = 0; i < static_cast<int>(kOfficers.size()); ++i) {
      enter(kOfficers[static_cast<std::size_t>(i)].front().person, account(i));
    }
    return signing::TrustDirectory(entries);
  }

  Rules rules_;
  signing::TrustDirectory trust_;
  document::CardOrder order_{.case_id = "2026-000001",
                             .nonce = {},
                             .person = {.number = *document::CitizenNumber::parse("001090000000")},
                             .receiver_account = {}};
};

std::vector<std::size_t> members(Coalition coalition) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < kOfficers.size(); ++i) {
    if ((coalition >> i & 1U) != 0) all.push_back(i);
  }
  return all;
}

// Whoever may receive: an honest officer, or one of theirs.
std::vector<int> receivers(Coalition coalition) {
  std::vector<int> all{kNobodyBought};
  for (const std::size_t i : members(coalition)) all.push_back(static_cast<int>(i));
  return all;
}

// Everything they could state together, as far as `up_to` of them choose freely; more of them state all they can.
bool finds_a_way(Signer& signer, Foreigner who, Coalition coalition, int receiver) {
  constexpr std::size_t kChooseFreely = 3;
  const auto who_states = members(coalition);
  if (who_states.size() > kChooseFreely) {
    std::vector<Opened> all;
    for (const std::size_t i : who_states) state(kOfficers[i], Says::AllOnRecord, all);
    return signer.takes(who, all, receiver);
  }
  std::size_t ways = 1;
  for (std::size_t i = 0; i < who_states.size(); ++i) ways *= kWays;
  for (std::size_t way = 0; way < ways; ++way) {
    std::vector<Opened> all;
    std::size_t rest = way;
    for (const std::size_t i : who_states) {
      state(kOfficers[i], static_cast<Says>(rest % kWays), all);
      rest /= kWays;
    }
    if (signer.takes(who, all, receiver)) return true;
  }
  return false;
}

// docs/threat-model.md: without the one who receives, a coalition needs …
bool is_too_strong(Foreigner who, Coalition coalition, int receiver) {
  std::vector<Account> accounts;
  for (const std::size_t i : members(coalition)) {
    if (static_cast<int>(i) != receiver) accounts.insert(accounts.end(), kOfficers[i].begin(), kOfficers[i].end());
  }
  const auto some_pair = [&](const std::function<bool(const Account&, const Account&)>& fits) {
    return std::ranges::any_of(accounts, [&](const Account& a) {
      return std::ranges::any_of(accounts, [&](const Account& b) { return a.person != b.person && fits(a, b); });
    });
  };
  if (who == Foreigner::BornHere) {  // … two persons, not both of the commune police
    return some_pair([](const Account& a, const Account&) { return a.force != "commune-police"; });
  }
  // … two persons of different offices and forces, and somebody who keeps the book of births
  const bool keeper = std::ranges::any_of(accounts, [](const Account& a) { return a.force == "civil-status"; });
  return keeper &&
         some_pair([](const Account& a, const Account& b) { return a.office != b.office && a.force != b.force; });
}

void walk(const Rules& rules, const std::function<void(Foreigner, Coalition, int, bool)>& tell) {
  Signer signer(rules);
  for (const Foreigner who : kForeigners) {
    for (Coalition coalition = 0; coalition < kEverybody; ++coalition) {
      for (const int receiver : receivers(coalition))
        tell(who, coalition, receiver, finds_a_way(signer, who, coalition, receiver));
    }
  }
}

TEST(FraudWalk, ACoalitionGetsThroughExactlyWhenTheThreatModelSaysSo) {
  std::size_t withstood = 0, too_strong = 0;
  walk(Rules::shipped(), [&](Foreigner who, Coalition coalition, int receiver, bool way) {
    ++(way ? too_strong : withstood);
    EXPECT_EQ(way, is_too_strong(who, coalition, receiver))
        << "foreigner " << static_cast<int>(who) << ", coalition " << coalition << ", receiver " << receiver;
  });
  EXPECT_GT(withstood, 200U);
  EXPECT_GT(too_strong, 200U) << "the walk can find a way where there is one";
}

TEST(FraudWalk, NoSingleOfficerGetsThroughWithWhateverAccounts) {
  walk(Rules::shipped(), [](Foreigner, Coalition coalition, int receiver, bool way) {
    if (std::popcount(coalition) <= 1) {
      EXPECT_FALSE(way) << coalition << " " << receiver;
    }
  });
}

TEST(FraudWalk, NoNumberOfCommunePoliceGetsThroughAndNoPoliceAloneInventsACitizen) {
  constexpr Coalition kCommune = 0b0000'0111, kPolice = 0b1001'1111;
  walk(Rules::shipped(), [](Foreigner who, Coalition coalition, int receiver, bool way) {
    const bool commune_alone = (coalition & ~kCommune) == 0, police_alone = (coalition & ~kPolice) == 0;
    if (commune_alone || (police_alone && who == Foreigner::Adult)) {
      EXPECT_FALSE(way) << coalition << " " << receiver;
    }
  });
}

class FraudWalkWithoutARule : public testing::TestWithParam<std::string> {};

TEST_P(FraudWalkWithoutARule, FindsAWayThatTheRulesWithstand) {
  bool found = false;
  walk(Rules::shipped().without(GetParam()), [&](Foreigner who, Coalition coalition, int receiver, bool way) {
    found = found || (way && !is_too_strong(who, coalition, receiver));
  });
  EXPECT_TRUE(found) << GetParam() << " answers for nothing that the walk tries";
}

std::vector<std::string> rule_ids() {
  std::vector<std::string> ids;
  for (const auto& rule : Rules::shipped().all()) ids.push_back(rule.id);
  return ids;
}
INSTANTIATE_TEST_SUITE_P(Rules, FraudWalkWithoutARule, testing::ValuesIn(rule_ids()),
                         [](const auto& param) { return param.param; });

// --- the real signer, with its socketless front ----------------------------------------------------------------------

class PlantedFraud : public testing::Test {
 protected:
  std::vector<std::string> refusal(const std::vector<Opened>& stated) {
    auto answer = world_.answer();
    answer.attestations = attestation::attested(stated, {}, answer.person->birth);
    auto signer = world_.signer();
    return signing_test::codes(signer.assign(world_.good_case_about(answer).evidence, signing_test::kSerial,
                                             signing_test::kdd_of(signing_test::kSerial), {}));
  }
  signing_test::World world_;
};

TEST_F(PlantedFraud, ACommuneOfficerAndHelpersOfThePoliceReachNoChip) {
  std::vector<Opened> stated;
  for (const std::size_t helper : {0U, 1U, 2U, 3U, 4U, 7U}) state(kOfficers[helper], Says::AllOnRecord, stated);
  EXPECT_THAT(refusal(stated), testing::ElementsAre("RECORD_NOT_ATTESTED"));
  EXPECT_EQ(stock::Book(world_.store).count(stock::State::Assigned), 0);
}

TEST_F(PlantedFraud, TheOfficerWhoReceivesIsNoHelper) {
  // chi, who received, is P-3 in the signer's own directory, whatever account confirmed.
  std::vector<Opened> stated;
  state(kOfficers[5], Says::AllOnRecord, stated);
  state({{"P-3", "A", "commune-police"}}, Says::AllOnRecord, stated);
  EXPECT_THAT(refusal(stated), testing::ElementsAre("CITIZENSHIP_BY_RECEIVER"));
  state(kOfficers[2], Says::AllOnRecord, stated);
  EXPECT_THAT(refusal(stated), testing::IsEmpty()) << "a registrar and a commune officer elsewhere are too many";
}

TEST_F(PlantedFraud, ARecordWithoutAnyStatementReachesNoChip) {
  EXPECT_THAT(refusal({}), testing::ElementsAre("BIRTH_NOT_ATTESTED", "CITIZENSHIP_NOT_ATTESTED"));
}

}  // namespace
