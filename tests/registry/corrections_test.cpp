#include <gmock/gmock.h>

#include "tests/registry/people.h"

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class CorrectionTest : public test::RegistryTest {
 protected:
  void SetUp() override { add(test::person()); }
  std::vector<std::string> ask(const std::string& field, const std::string& wanted) {
    return store.request_correction(who, field, wanted, "2026-000001", "officer-a", "QD-7").failing_codes();
  }
  std::vector<std::string> decide(bool accept, const std::string& officer) {
    return store.decide_correction(store.corrections(who).at(0).id, accept, officer).failing_codes();
  }
  const document::CitizenNumber who = test::number("001090990001");
};

TEST_F(CorrectionTest, OneAsksAnotherDecidesAndItIsAnEvent) {
  EXPECT_THAT(ask("full_name", "Nguyễn Văn Đúng"), IsEmpty());
  EXPECT_THAT(ask("full_name", "Nguyễn Văn Đúng"), IsEmpty());
  ASSERT_THAT(store.open_corrections(10), SizeIs(1));
  EXPECT_THAT(decide(true, "officer-a"), ElementsAre("CORRECTION_SAME_OFFICER"));
  EXPECT_EQ(store.person(who)->full_name, "Nguyễn Văn Mẫu");
  const auto version = store.standing(who).version;
  EXPECT_THAT(decide(true, "officer-b"), IsEmpty());
  EXPECT_THAT(decide(true, "officer-b"), IsEmpty());
  EXPECT_EQ(store.person(who)->full_name, "Nguyễn Văn Đúng");
  EXPECT_GT(store.standing(who).version, version);
  ASSERT_THAT(store.history(who), SizeIs(1));
  EXPECT_EQ(store.history(who)[0].kind, registry::EventKind::NameCorrected);
  EXPECT_EQ(store.history(who)[0].basis, "QD-7");
  EXPECT_THAT(decide(false, "officer-c"), ElementsAre("CORRECTION_DECIDED"));
  EXPECT_THAT(store.open_corrections(10), IsEmpty());
}

TEST_F(CorrectionTest, ARefusedOneChangesNothingButIsSeenByTheCaseThatWaits) {
  ask("birth", "1990-02-01");
  const auto version = store.standing(who).version;
  EXPECT_THAT(decide(false, "officer-b"), IsEmpty());
  EXPECT_EQ(base::to_iso(store.person(who)->birth), "1990-01-01");
  EXPECT_GT(store.standing(who).version, version);
  EXPECT_EQ(store.corrections(who).at(0).state, "refused");
}

TEST_F(CorrectionTest, WhatMayNotBeAskedForIsRefused) {
  EXPECT_THAT(ask("number", "001090990009"), ElementsAre("CORRECTION_FIELD"));
  EXPECT_THAT(ask("custody", "prison"), ElementsAre("CORRECTION_FIELD"));
  EXPECT_THAT(ask("full_name", "Nguyễn Văn Mẫu"), ElementsAre("CORRECTION_NEEDLESS"));
  EXPECT_THAT(ask("full_name", "Nguye\u0302\u0303n"), ElementsAre("FIELD_NOT_NFC"));
  EXPECT_THAT(ask("sex", "nam"), ElementsAre("SEX_MALFORMED"));
  EXPECT_THAT(ask("birth", "2030-01-01"), ElementsAre("BIRTH_IN_FUTURE"));
  EXPECT_THAT(
      store.request_correction(test::number("001090990999"), "sex", "Nữ", "C1", "officer-a", "").failing_codes(),
      ElementsAre("PERSON_NOT_FOUND"));
  EXPECT_THAT(store.decide_correction("c0", true, "officer-b").failing_codes(), ElementsAre("CORRECTION_NOT_FOUND"));
}

TEST_F(CorrectionTest, OneThatExpectsWhatIsThereNoMoreIsNotApplied) {
  ask("religion", "Phật giáo");
  store.record_event(who, {registry::EventKind::DataCorrected,
                           base::make_date(2020, 1, 1),
                           "",
                           "",
                           {{"religion", {std::nullopt, "Công giáo"}}},
                           "",
                           {}});
  EXPECT_THAT(decide(true, "officer-b"), ElementsAre("EVENT_BEFORE"));
  EXPECT_EQ(store.person(who)->religion, "Công giáo");
}

TEST_F(CorrectionTest, TheWatchListIsInTheAnswer) {
  EXPECT_THAT(store.add_watch(who, {"wanted", "officer-a", "QD-1", clock.now()}).list(), IsEmpty());
  EXPECT_THAT(store.add_watch(who, {"biometric-hit", "officer-a", "", clock.now()}).list(), IsEmpty());
  EXPECT_THAT(store.answer(who, "C1", "issuance", random).watch, ElementsAre("biometric-hit", "wanted"));
  EXPECT_THAT(store.remove_watch(who, "wanted").list(), IsEmpty());
  EXPECT_THAT(store.answer(who, "C1", "issuance", random).watch, ElementsAre("biometric-hit"));
}

TEST_F(CorrectionTest, AnswersCarryWhatTheSourceConfirmed) {
  const registry::Source source{.id = 0,
                                .name = "batch-7",
                                .attested = {{.kind = "birth",
                                              .late = true,
                                              .office = "001-TP-1",
                                              .force = "civil-status",
                                              .officer = "registrar",
                                              .evidence = "birth-record",
                                              .on = "2020-01-01",
                                              .statement_sha256 = "x"}},
                                .statement = "signed"};
  const auto id = store.add_source(source);
  EXPECT_EQ(store.add_source(source), id);
  base::Findings findings;
  const auto other = test::person("001090990002");
  EXPECT_EQ(store.register_person(other, findings, id), registry::Store::Added::New);
  EXPECT_EQ(store.answer(other.number, "C1", "issuance", random).attestations, source.attested);
  EXPECT_THAT(store.answer(who, "C1", "issuance", random).attestations, IsEmpty());
}

// A claim whose owner died before using it.
TEST_F(CorrectionTest, AClaimWithoutItsThingIsGivenUpInTime) {
  const auto other = test::number("001090990002");
  add(test::person(other.text()));
  store.database().execute(
      "INSERT INTO claims(kind, key, number, claimed_at) VALUES('case', 'C1', 1090990001, "
      "'2026-11-23T02:55:00Z')");
  EXPECT_THAT(store.open_case(other, "C1").failing_codes(), ElementsAre("CASE_CONFLICT"));
  clock.set(clock.now() + std::chrono::minutes{6});
  EXPECT_THAT(store.open_case(other, "C1").list(), IsEmpty());
  EXPECT_THAT(store.open_case(who, "C1").failing_codes(), ElementsAre("CASE_CONFLICT"));
}

}  // namespace
