#include "issuance/registry/history.h"

#include <gmock/gmock.h>

#include "tests/registry/people.h"

namespace {

using registry::Changes;
using registry::Event;
using registry::EventKind;
using testing::ElementsAre;
using testing::IsEmpty;

base::Date day(int year, unsigned month = 1, unsigned d = 1) {
  return base::make_date(year, month, d);
}

class HistoryTest : public test::RegistryTest {
 protected:
  void SetUp() override { add(test::person()); }
  static Event event(EventKind kind, base::Date on, Changes changes = {}, const std::string& other = "") {
    return {.kind = kind,
            .on = on,
            .id = {},
            .basis = "QD-1",
            .changes = std::move(changes),
            .other = other,
            .recorded_at = {}};
  }
  static Event renamed(const std::string& to, base::Date on) {
    return event(EventKind::NameCorrected, on, {{"full_name", {std::nullopt, to}}});
  }
  std::vector<std::string> record(const Event& e) { return store.record_event(who, e).failing_codes(); }
  std::string name_on(base::Date on) { return store.find(who, on)->person.full_name; }
  document::RegistryAnswer ask(const document::CitizenNumber& number, std::optional<base::Date> on = std::nullopt) {
    return store.answer(number, "C1", "issuance", random, on);
  }
  const document::CitizenNumber who = test::number("001090990001");
  const document::CitizenNumber other = test::number("001191990002");
};

TEST_F(HistoryTest, EveryKindHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const EventKind kind : registry::event_kinds()) {
    names.insert(registry::event_name(kind));
    EXPECT_EQ(registry::parse_event(registry::event_name(kind)), kind);
  }
  EXPECT_EQ(names.size(), registry::event_kinds().size());
  EXPECT_FALSE(registry::parse_event("Death"));
}

TEST_F(HistoryTest, APersonIsToldAsTheyWereOnADay) {
  EXPECT_THAT(record(renamed("Nguyễn Văn Hai", day(2010))), IsEmpty());
  EXPECT_THAT(record(renamed("Nguyễn Văn Ba", day(2020))), IsEmpty());
  EXPECT_EQ(name_on(day(2009, 12, 31)), "Nguyễn Văn Mẫu");
  EXPECT_EQ(name_on(day(2010)), "Nguyễn Văn Hai");
  EXPECT_EQ(name_on(day(2026)), "Nguyễn Văn Ba");
  EXPECT_EQ(store.person(who)->full_name, "Nguyễn Văn Ba");
  EXPECT_FALSE(store.find(who, day(1989)));
  EXPECT_EQ(ask(who, day(1989)).status, "not-found");
  EXPECT_EQ(ask(who, day(2015)).as_of, "2015-01-01");
  EXPECT_THAT(ask(who, day(2015)).events, ElementsAre(document::RegisteredEvent{"name-corrected", "2010-01-01"}));
}

TEST_F(HistoryTest, AnEventToldLateTakesItsPlace) {
  EXPECT_THAT(record(renamed("Nguyễn Văn Ba", day(2020))), IsEmpty());
  EXPECT_THAT(record(renamed("Nguyễn Văn Hai", day(2010))), IsEmpty());
  EXPECT_EQ(name_on(day(2009)), "Nguyễn Văn Mẫu");
  EXPECT_EQ(name_on(day(2015)), "Nguyễn Văn Hai");
  EXPECT_EQ(name_on(day(2026)), "Nguyễn Văn Ba");
}

TEST_F(HistoryTest, AChangeThatExpectsAnotherValueIsRefusedWhole) {
  const auto expecting = event(EventKind::DataCorrected, day(2020),
                               {{"ethnicity", {std::nullopt, "Tày"}}, {"religion", {"Phật giáo", "Công giáo"}}});
  EXPECT_THAT(record(expecting), ElementsAre("EVENT_BEFORE"));
  EXPECT_EQ(store.person(who)->ethnicity, "Kinh");
  EXPECT_THAT(store.history(who), IsEmpty());
}

TEST_F(HistoryTest, ToldTwiceItIsOneEventAndOtherContentContradicts) {
  Event move = event(EventKind::Moved, day(2020), {{"residence", {std::nullopt, "Số 2, phường Mới, Huế"}}});
  move.id = "M-1";
  EXPECT_THAT(record(move), IsEmpty());
  const auto version = store.standing(who).version;
  EXPECT_THAT(record(move), IsEmpty());
  EXPECT_EQ(store.standing(who).version, version);
  move.changes["residence"].after = "Số 3";
  EXPECT_THAT(record(move), ElementsAre("EVENT_CONFLICT"));
}

TEST_F(HistoryTest, EveryChangeGrowsTheVersion) {
  const auto version = [&] { return store.standing(who).version; };
  std::int64_t before = version();
  for (const auto& change :
       std::vector<std::function<void()>>{[&] { record(renamed("Nguyễn Văn Hai", day(2010))); },
                                          [&] { store.open_case(who, "C9"); }, [&] { store.close_case(who, "C9"); },
                                          [&] {
                                            store.add_watch(who, {"wanted", "officer-a", "", clock.now()});
                                          },
                                          [&] { store.remove_watch(who, "wanted"); },
                                          [&] {
                                            store.record_card(who, {"00000000000000A1", "C1", day(2026), "active", ""});
                                          },
                                          [&] { store.set_card_status(who, "00000000000000A1", "lost"); }}) {
    change();
    EXPECT_GT(version(), before);
    before = version();
  }
}

TEST_F(HistoryTest, WhatAnEventMayNotChangeIsRefused) {
  const Changes name{{"full_name", {std::nullopt, "Nguyễn Văn Hai"}}};
  EXPECT_THAT(record(event(EventKind::Moved, day(2020), name)), ElementsAre("EVENT_CHANGE"));
  EXPECT_THAT(record(event(EventKind::Death, day(2020), name)), ElementsAre("EVENT_CHANGE"));
  EXPECT_THAT(record(event(EventKind::NameCorrected, day(2020))), ElementsAre("EVENT_CHANGE"));
  EXPECT_THAT(record(event(EventKind::CustodyBegun, day(2020), {{"custody", {std::nullopt, "home"}}})),
              ElementsAre("EVENT_CHANGE"));
  EXPECT_THAT(record(event(EventKind::Moved, day(2020), {{"number", {std::nullopt, "001090990009"}}})),
              ElementsAre("EVENT_CHANGE"));
  EXPECT_THAT(record(renamed("Nguye\u0302\u0303n Văn Hai", day(2020))), ElementsAre("FIELD_NOT_NFC"));
  EXPECT_THAT(record(renamed("Nguyễn\u202E Văn", day(2020))), ElementsAre("FIELD_CHARACTER"));
  EXPECT_THAT(record(event(EventKind::BirthCorrected, day(2020), {{"birth", {std::nullopt, "2023-02-29"}}})),
              ElementsAre("BIRTH_MALFORMED"));
  EXPECT_THAT(record(event(EventKind::Death, day(2020), {}, "001191990002")), ElementsAre("EVENT_OTHER"));
}

TEST_F(HistoryTest, ABirthOnTheTwentyNinthOfFebruaryIsADayLikeAnother) {
  EXPECT_THAT(record(event(EventKind::BirthCorrected, day(2020), {{"birth", {std::nullopt, "1992-02-29"}}})),
              IsEmpty());
  EXPECT_EQ(base::to_iso(store.person(who)->birth), "1992-02-29");
  EXPECT_EQ(base::to_iso(store.find(who, day(2019))->person.birth), "1990-01-01");
}

TEST_F(HistoryTest, MissingCustodyAndNationalityBeginAndEnd) {
  EXPECT_THAT(record(event(EventKind::Found, day(2011))), ElementsAre("EVENT_CONFLICT"));
  EXPECT_THAT(record(event(EventKind::Missing, day(2010))), IsEmpty());
  EXPECT_THAT(record(event(EventKind::Missing, day(2011))), ElementsAre("EVENT_CONFLICT"));
  EXPECT_TRUE(ask(who).missing);
  EXPECT_THAT(record(event(EventKind::Found, day(2012))), IsEmpty());
  EXPECT_FALSE(ask(who).missing);
  EXPECT_TRUE(ask(who, day(2011)).missing);

  EXPECT_THAT(record(event(EventKind::CustodyBegun, day(2013), {{"custody", {std::nullopt, "prison"}}})), IsEmpty());
  EXPECT_EQ(ask(who).custody, "prison");
  EXPECT_THAT(record(event(EventKind::CustodyEnded, day(2014))), IsEmpty());
  EXPECT_EQ(ask(who).custody, "");
  EXPECT_EQ(ask(who, day(2013, 6)).custody, "prison");

  EXPECT_THAT(record(event(EventKind::NationalityLost, day(2015), {{"nationality", {std::nullopt, "Pháp"}}})),
              IsEmpty());
  EXPECT_FALSE(ask(who).citizen);
  EXPECT_THAT(record(event(EventKind::NationalityRegained, day(2020), {{"nationality", {std::nullopt, "Việt Nam"}}})),
              IsEmpty());
  EXPECT_TRUE(ask(who).citizen);
  EXPECT_FALSE(ask(who, day(2018)).citizen);
  EXPECT_EQ(ask(who, day(2018)).person->nationality, "Pháp");
}

TEST_F(HistoryTest, TheDeadNeitherMarryNorMoveButTheirRecordsArePutRight) {
  EXPECT_THAT(record(event(EventKind::Death, day(2020))), IsEmpty());
  EXPECT_THAT(record(event(EventKind::Moved, day(2021), {{"residence", {std::nullopt, "Huế"}}})),
              ElementsAre("EVENT_CONFLICT"));
  EXPECT_THAT(record(renamed("Nguyễn Văn Hai", day(2021))), IsEmpty());
  EXPECT_TRUE(ask(who, day(2019)).alive);
}

TEST_F(HistoryTest, CardsAreToldAsTheyWere) {
  store.record_card(who, {"00000000000000A1", "C1", day(2021, 5), "active", ""});
  clock.set(clock.now() - std::chrono::days{30});
  store.set_card_status(who, "00000000000000A1", "lost");
  clock.set(clock.now() + std::chrono::days{30});
  EXPECT_EQ(ask(who).cards.at(0).status, "lost");
  EXPECT_EQ(ask(who, day(2026, 10, 1)).cards.at(0).status, "active");
  EXPECT_THAT(ask(who, day(2021)).cards, IsEmpty());
}

class TwoNumbersTest : public HistoryTest {
 protected:
  void SetUp() override {
    HistoryTest::SetUp();
    document::Person wife = test::person(other.text());
    wife.full_name = "Trần Thị Thử";
    wife.sex = document::Sex::Female;
    wife.birth = day(1991);
    add(wife);
  }
};

TEST_F(TwoNumbersTest, AMarriageStandsUnderBothNumbersUnderOneId) {
  Event marriage = event(EventKind::Married, day(2015), {}, other.text());
  marriage.id = "KH-15";
  EXPECT_THAT(record(marriage), IsEmpty());
  EXPECT_THAT(record(marriage), IsEmpty());
  EXPECT_EQ(store.person(who)->spouse, "Trần Thị Thử");
  EXPECT_EQ(store.person(other)->spouse, "Nguyễn Văn Mẫu");
  ASSERT_EQ(store.history(other).size(), 1U);
  EXPECT_EQ(store.history(other)[0].id, "KH-15");
  EXPECT_EQ(store.history(other)[0].other, who.text());
  EXPECT_EQ(store.find(other, day(2014))->person.spouse, "");
  EXPECT_THAT(record(event(EventKind::Married, day(2016), {{"spouse", {std::nullopt, "Lê Thị Ba"}}})),
              ElementsAre("EVENT_CONFLICT"));
  EXPECT_THAT(record(event(EventKind::Divorced, day(2018), {}, other.text())), IsEmpty());
  EXPECT_EQ(store.person(other)->spouse, "");
  EXPECT_EQ(store.find(who, day(2017))->person.spouse, "Trần Thị Thử");
}

TEST_F(TwoNumbersTest, WhatTheSecondNumberExcludesIsRefusedBeforeTheFirstIsWritten) {
  EXPECT_THAT(store.record_event(other, event(EventKind::Death, day(2014))).failing_codes(), IsEmpty());
  EXPECT_THAT(record(event(EventKind::Married, day(2015), {}, other.text())), ElementsAre("EVENT_CONFLICT"));
  EXPECT_THAT(record(event(EventKind::Married, day(2015), {}, "001191990077")), ElementsAre("EVENT_OTHER"));
  EXPECT_EQ(store.person(who)->spouse, "");
}

// The process died between the two writes.
TEST_F(TwoNumbersTest, TheSecondHalfIsWrittenAtTheNextStart) {
  store.database().execute(
      "INSERT INTO outbox(number, id, target, what, content) VALUES(1090990001, 'KH-15', 1191990002, 'event', "
      "'{\"kind\": \"married\", \"on\": \"2015-01-01\", \"id\": \"KH-15\", \"basis\": \"\", \"spouse\": "
      "\"Nguyễn Văn Mẫu\"}')");
  EXPECT_EQ(store.person(other)->spouse, "");
  reopen();
  EXPECT_EQ(store.person(other)->spouse, "Nguyễn Văn Mẫu");
  EXPECT_FALSE(store.database().prepare("SELECT 1 FROM outbox").step());
  reopen();
  EXPECT_EQ(store.history(other).size(), 1U);
}

TEST_F(TwoNumbersTest, ANumberReestablishedLeadsFromOldToNewAndBack) {
  const auto fresh = test::number("001090990055");
  store.record_card(who, {"00000000000000A1", "C1", day(2021), "active", ""});
  record(renamed("Nguyễn Văn Hai", day(2010)));
  record(event(EventKind::CustodyBegun, day(2019), {{"custody", {std::nullopt, "prison"}}}));
  const Event change = event(EventKind::NumberReestablished, day(2024), {}, fresh.text());
  EXPECT_THAT(record(change), IsEmpty());
  EXPECT_THAT(record(change), IsEmpty());

  const auto old_answer = ask(who);
  EXPECT_EQ(old_answer.status, "cancelled");
  EXPECT_EQ(old_answer.replaced_by, fresh.text());
  EXPECT_FALSE(old_answer.person);
  EXPECT_GT(old_answer.version, 0);
  const auto answer = ask(fresh);
  EXPECT_EQ(answer.status, "found");
  EXPECT_EQ(answer.person->cancelled_number, who.text());
  EXPECT_EQ(answer.person->full_name, "Nguyễn Văn Hai");
  EXPECT_EQ(answer.custody, "prison");
  EXPECT_EQ(answer.cards.at(0).chip_serial, "00000000000000A1");
  EXPECT_THAT(store.former_numbers(fresh), ElementsAre(who));

  EXPECT_EQ(ask(who, day(2023)).person->full_name, "Nguyễn Văn Hai");
  EXPECT_EQ(ask(who, day(2009)).person->full_name, "Nguyễn Văn Mẫu");
  EXPECT_EQ(ask(fresh, day(2023)).status, "not-found");
  EXPECT_THAT(store.search({"nguyen van hai", std::nullopt}, 10), ElementsAre(fresh));
  EXPECT_THAT(
      store.record_event(other, event(EventKind::NumberReestablished, day(2024), {}, fresh.text())).failing_codes(),
      ElementsAre("NUMBER_TAKEN"));
  EXPECT_THAT(add(test::person(who.text())).failing_codes(), ElementsAre("NUMBER_CANCELLED"));
}

TEST_F(TwoNumbersTest, AReestablishedNumberMayBeReestablishedAgain) {
  const auto second = test::number("001090990055"), third = test::number("001090990056");
  record(event(EventKind::NumberReestablished, day(2022), {}, second.text()));
  EXPECT_THAT(
      store.record_event(second, event(EventKind::NumberReestablished, day(2024), {}, third.text())).failing_codes(),
      IsEmpty());
  EXPECT_THAT(store.former_numbers(third), ElementsAre(second, who));
  EXPECT_EQ(ask(second, day(2023)).status, "found");
  EXPECT_EQ(ask(second).replaced_by, third.text());
}

}  // namespace
