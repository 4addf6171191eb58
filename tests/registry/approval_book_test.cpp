// The register hears who received and approved an order: it verifies every signature, knows an officer of its own book
// by its own word, and brings the orders into the anomaly report. On every store.

#include "issuance/registry/approval_book.h"

#include <gmock/gmock.h>

#include "issuance/registry/anomaly_report.h"
#include "tests/registry/told_order.h"

namespace {

using test::KeyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ApprovalBookTest : public test::RegistryTest {
 protected:
  ApprovalBookTest() { add(test::person(who)); }

  document::CardOrder order(const std::string& case_id = "2026-000001") {
    return test::order(who, case_id, an, clock.now());
  }
  registry::ToldApprovals told() { return test::told(order(), an, binh, chi, random); }
  base::Findings tell(const registry::ToldApprovals& told) {
    return registry::ApprovalBook(store, officers, clock).add(told, log, random);
  }
  std::vector<registry::ApprovalBook::Kept> kept() {
    std::vector<registry::ApprovalBook::Kept> all;
    registry::ApprovalBook(store, officers, clock)
        .each(clock.now() - std::chrono::days{400}, clock.now() + std::chrono::days{1},
              [&](const auto& one) { all.push_back(one); });
    return all;
  }

  const std::string who = "001090990001";
  KeyOf an = test::officer("P-1", "an", random), binh = test::officer("P-2", "binh", random),
        chi = test::officer("P-3", "chi", random);
  attestation::OfficerBook officers;
  std::unique_ptr<keystore::SigningKey> key = keystore::generate(keystore::Curve::P256, random);
  evidence::Log log = evidence::Log::open(folder / "log", *key, clock);
};

TEST_F(ApprovalBookTest, TheReceiverAndBothApproversAreKeptAndToldAgainChangesNothing) {
  const auto once = told();
  EXPECT_THAT(tell(once).list(), IsEmpty());
  const auto entries = log.size();
  EXPECT_THAT(tell(once).list(), IsEmpty());
  reopen();
  EXPECT_THAT(tell(once).list(), IsEmpty());
  EXPECT_EQ(log.size(), entries);
  const auto all = kept();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].order.station, "station-01");
  EXPECT_EQ(all[0].order.receiver, "P-1");
  EXPECT_THAT(all[0].order.approvers, UnorderedElementsAre("P-2", "P-3"));
  EXPECT_EQ(all[0].made_at, clock.now());
}

TEST_F(ApprovalBookTest, TheHandOverComesWhenTheOrderHasEnded) {
  const auto early = told();
  clock.set(clock.now() + std::chrono::days{60});
  EXPECT_THAT(tell(early).list(), IsEmpty());
}

TEST_F(ApprovalBookTest, WhatTheSignaturesDoNotBearOutIsRefused) {
  const auto refused = [&](const std::function<void(registry::ToldApprovals&)>& spoil) {
    auto spoiled = told();
    spoil(spoiled);
    return tell(spoiled).failing_codes();
  };
  EXPECT_THAT(refused([](auto& t) { t.approvals.pop_back(); }), ElementsAre("APPROVAL_MISSING"));
  EXPECT_THAT(refused([](auto& t) { t.approvals[1] = t.approvals[0]; }), Contains("APPROVERS_NOT_DISTINCT"));
  EXPECT_THAT(refused([&](auto& t) { t.approvals[1] = test::approved(t.order, an, random); }),
              ElementsAre("APPROVER_IS_RECEIVER"));
  EXPECT_THAT(refused([](auto& t) { t.officers.pop_back(); }), ElementsAre("OFFICER_NOT_TRUSTED"));
  EXPECT_THAT(refused([](auto& t) { t.order.marks = "Nốt ruồi"; }), Contains("APPROVAL_REPLAYED"));
  EXPECT_THAT(refused([&](auto& t) { t.receipt = test::receipt(t.order, chi); }), Contains("RECEIPT_NOT_TRUSTED"));
  EXPECT_THAT(refused([&](auto& t) {
                auto other = t.order;
                other.case_id = "2026-000009";
                t.receipt = test::receipt(other, an);
              }),
              Contains("RECEIPT_NOT_TRUSTED"));
  EXPECT_THAT(refused([](auto& t) { t.officers[1].account = "dung"; }), Contains("APPROVAL_FORGED"));
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(ApprovalBookTest, AnotherOrderOfTheCaseAndAnUnknownPersonAreRefused) {
  ASSERT_FALSE(tell(told()).failed());
  auto other = order();
  other.marks = "Sẹo";
  EXPECT_THAT(tell(test::told(other, an, binh, chi, random)).failing_codes(), ElementsAre("ORDER_CASE_CONFLICT"));
  const auto nobody = test::order("001090990009", "2026-000002", an, clock.now());
  EXPECT_THAT(tell(test::told(nobody, an, binh, chi, random)).failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
}

// The station calls two accounts two persons; the register's own book knows better.
TEST_F(ApprovalBookTest, ThePersonOfTheRegistersOwnBookCounts) {
  for (const KeyOf* one : {&binh, &chi}) {
    officers.add({"P-2", one->named.account, "001-CT-0001", "provincial-police", one->named.public_key,
                  base::make_date(2020, 1, 1), std::nullopt},
                 "test");
  }
  EXPECT_THAT(tell(told()).failing_codes(), ElementsAre("APPROVERS_NOT_DISTINCT"));
}

TEST_F(ApprovalBookTest, AStationThatCallsAKeyBySeveralNamesHidesNobody) {
  ASSERT_FALSE(tell(told()).failed());
  clock.set(clock.now() + std::chrono::hours{1});
  binh.named.person = "P-77";
  ASSERT_FALSE(tell(test::told(order("2026-000002"), an, binh, chi, random)).failed());
  const auto all = kept();
  ASSERT_EQ(all.size(), 2U);
  for (const auto& one : all) EXPECT_THAT(one.order.approvers, UnorderedElementsAre("P-2", "P-3"));
}

TEST_F(ApprovalBookTest, TheLogHasTheOfficersAndNotThePerson) {
  ASSERT_FALSE(tell(told()).failed());
  std::string entries;
  evidence::each_entry(folder / "log", [&](const nlohmann::json& entry) { entries += entry.dump(); });
  EXPECT_THAT(entries, testing::HasSubstr("order.told"));
  EXPECT_THAT(entries, testing::HasSubstr("binh"));
  EXPECT_THAT(entries, testing::Not(testing::HasSubstr(who)));
  EXPECT_THAT(entries, testing::Not(testing::HasSubstr("Nguyễn")));
}

TEST_F(ApprovalBookTest, TheReportCountsOrdersAndWhoMetOverThemByStation) {
  ASSERT_FALSE(tell(told()).failed());
  auto elsewhere = test::told(order("2026-000002"), an, binh, chi, random);
  elsewhere.station = "station-02";
  ASSERT_FALSE(tell(elsewhere).failed());
  registry::AccessBook accesses(folder.path(), clock);
  const auto of_days = [&](int from, int until) {
    return registry::anomaly_report(store, accesses, officers, clock, clock.now() + std::chrono::days{from},
                                    clock.now() + std::chrono::days{until});
  };
  const auto report = of_days(-1, 1);
  EXPECT_EQ(report.orders, 2);
  EXPECT_EQ(report.meetings, 6) << "the approvers, and each of them the receiver";
  EXPECT_THAT(report.unsaid, Contains("risky-orders / pair / issuing stations"));
  EXPECT_EQ(of_days(1, 2).orders, 0) << "the day that counts is the order's";
  const auto all = kept();
  EXPECT_THAT((std::vector{all.at(0).order.station, all.at(1).order.station}),
              UnorderedElementsAre("station-01", "station-02"));
}

TEST_F(ApprovalBookTest, AnOrderOverALateBirthOrAnUnborneNationalityOrAFreshCorrectionIsRisky) {
  const auto at = [&](int days) { return base::to_rfc3339(clock.now() - std::chrono::days{days}); };
  const auto state = [&](std::int64_t number, const char* kind, int late, const char* evidence) {
    store.database()
        .prepare(
            "INSERT INTO attestations(number, sha256, kind, late, office, force, person, evidence, at, statement, "
            "salt, added_at) VALUES(?1, 'x', ?2, ?3, 'o', 'court', 'P', ?4, ?5, '', '', '')")
        .run(number, kind, late, evidence, at(0));
  };
  const auto correct = [&](std::int64_t number, int days) {
    store.database()
        .prepare(
            "INSERT INTO corrections(number, id, field, stood, wanted, case_id, basis, asked_by, asked_at, state, "
            "decided_by, decided_at) VALUES(?1, 'c', 'birth', '', '', '', '', 'P-8', ?2, 'accepted', 'P-9', ?2)")
        .run(number, at(days));
  };
  state(1, "birth", 1, "birth-record");
  state(2, "citizenship", 0, "witnesses");
  state(3, "birth", 0, "witnesses");
  state(4, "citizenship", 0, "birth-record");
  correct(5, 29);
  correct(6, 31);
  for (std::int64_t number = 1; number <= 6; ++number) {
    for (const auto& [key_id, act] : {std::pair{"R", "received"}, {"A", "approved"}, {"B", "approved"}}) {
      store.database()
          .prepare(
              "INSERT INTO approvals(number, case_id, key_id, order_sha256, made_at, station, act, account, person, "
              "vouched, public_key, statement, salt, recorded_at) VALUES(?1, 'C', ?2, '', ?3, ?4, ?5, '', ?2, "
              "'station', '', '', '', ?3)")
          .run(number, key_id, at(0), "station-01", act);
    }
  }
  std::vector<std::int64_t> risky;
  registry::each_approved_order(store, officers, clock, clock.now() - std::chrono::days{1},
                                clock.now() + std::chrono::days{1}, [&](const attestation::ApprovedOrder& order) {
                                  if (order.risky) risky.push_back(order.number);
                                });
  EXPECT_THAT(risky, ElementsAre(1, 2, 5));
}

}  // namespace
