#include "issuance/registry/store.h"

#include <gmock/gmock.h>

#include "pki/base/core/error.h"
#include "tests/registry/people.h"

namespace {

using registry::CardEntry;
using registry::Event;
using registry::EventKind;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kFirstChip = "00000000000000A1";
constexpr const char* kSecondChip = "00000000000000A2";

class StoreTest : public test::RegistryTest {
 protected:
  void SetUp() override { add(test::person()); }
  static CardEntry card(const char* chip, const std::string& case_id, const char* replaces = "") {
    return {.chip_serial = chip,
            .case_id = case_id,
            .issued = base::make_date(2026, 11, 20),
            .status = "active",
            .replaces = replaces};
  }
  std::vector<std::string> cards() {
    std::vector<std::string> out;
    const auto record = store.find(who);
    for (const auto& c : record->cards) out.push_back(c.chip_serial.substr(14) + " " + c.status);
    return out;
  }
  document::RegistryAnswer ask(const document::CitizenNumber& number, const std::string& case_id = "C1") {
    return store.answer(number, case_id, "issuance", random);
  }
  const document::CitizenNumber who = test::number("001090990001");
  const document::CitizenNumber nobody = test::number("001090999999");
};

TEST_F(StoreTest, GivesBackThePersonAsGiven) {
  document::Person full = test::person("079303990002");
  full.full_name = "Đặng Thị Thử Nghiệm";
  full.sex = document::Sex::Female;
  full.birth = base::make_date(2004, 2, 29);
  full.spouse = "H' Hen Niê";
  full.cancelled_number = "000000000007";
  add(full);
  EXPECT_EQ(store.find(full.number)->person, full);
  EXPECT_FALSE(store.find(nobody));
  EXPECT_TRUE(store.is_cancelled(test::number("000000000007")));
}

TEST_F(StoreTest, SurvivesBeingClosedAndOpened) {
  reopen();
  EXPECT_EQ(store.find(who)->person, test::person());
}

TEST_F(StoreTest, AFileIsNeitherOverwrittenNorMadeByOpeningIt) {
  registry::Store::create(folder / "file.db", clock);
  EXPECT_THROW(registry::Store::create(folder / "file.db", clock), base::Error);
  EXPECT_THROW(registry::Store::open(folder / "none.db", clock), base::Error);
}

TEST_F(StoreTest, AnswersAboutAFoundPerson) {
  const auto answer = ask(who);
  EXPECT_EQ(answer.status, "found");
  EXPECT_EQ(answer.person, test::person());
  EXPECT_TRUE(answer.citizen && answer.alive);
  EXPECT_EQ(answer.number, "001090990001");
  EXPECT_EQ(answer.case_id, "C1");
  EXPECT_EQ(answer.purpose, "issuance");
  EXPECT_EQ(base::to_rfc3339(answer.at), "2026-11-23T03:00:00Z");
  EXPECT_EQ(base::parse_base64url(answer.nonce)->size(), 16U);
  EXPECT_NE(ask(who).nonce, answer.nonce);
}

TEST_F(StoreTest, UnknownAndCancelledNumbersAreAnswersToo) {
  EXPECT_EQ(ask(nobody).status, "not-found");
  EXPECT_FALSE(ask(nobody).person);
  document::Person again = test::person("001090990002");
  again.cancelled_number = "001090990008";
  add(again);
  EXPECT_EQ(ask(test::number("001090990008")).status, "cancelled");
  EXPECT_FALSE(ask(test::number("001090990008")).person);
}

TEST_F(StoreTest, DeathCountsFromItsDayOn) {
  EXPECT_THAT(store.record_event(who, {EventKind::Death, base::make_date(2026, 11, 23)}).list(), IsEmpty());
  EXPECT_FALSE(ask(who).alive);
  clock.set(clock.now() - std::chrono::days{1});
  EXPECT_TRUE(ask(who).alive);
}

TEST_F(StoreTest, EventsAreIdempotentAndNeverContradict) {
  const Event death{EventKind::Death, base::make_date(2026, 11, 1)};
  EXPECT_THAT(store.record_event(who, death).list(), IsEmpty());
  EXPECT_THAT(store.record_event(who, death).list(), IsEmpty());
  EXPECT_THAT(store.record_event(who, {EventKind::Death, base::make_date(2026, 11, 2)}).failing_codes(),
              ElementsAre("EVENT_CONFLICT"));
  EXPECT_THAT(store.record_event(who, {EventKind::NationalityLost, base::make_date(2026, 11, 24)}).failing_codes(),
              ElementsAre("EVENT_DATE"));
  EXPECT_THAT(store.record_event(who, {EventKind::NationalityLost, base::make_date(1989, 12, 31)}).failing_codes(),
              ElementsAre("EVENT_DATE"));
  EXPECT_THAT(store.record_event(nobody, death).failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
}

TEST_F(StoreTest, LosingNationalityRevokesTheCard) {
  store.record_card(who, card(kFirstChip, "C1"));
  EXPECT_THAT(store.record_event(who, {EventKind::NationalityLost, base::make_date(2026, 11, 22)}).list(), IsEmpty());
  EXPECT_FALSE(ask(who).citizen);
  EXPECT_THAT(cards(), ElementsAre("A1 revoked"));
}

TEST_F(StoreTest, AnotherNationalityIsNoCitizen) {
  document::Person foreigner = test::person("001090990002");
  foreigner.nationality = "Pháp";
  add(foreigner);
  EXPECT_FALSE(ask(foreigner.number).citizen);
}

TEST_F(StoreTest, DeliveryActivatesTheNewCardAndClosesTheOldOneAtOnce) {
  EXPECT_THAT(store.record_card(who, card(kFirstChip, "C1")).list(), IsEmpty());
  EXPECT_THAT(store.record_card(who, card(kSecondChip, "C2", kFirstChip)).list(), IsEmpty());
  EXPECT_THAT(cards(), ElementsAre("A1 exchanged", "A2 active"));
  EXPECT_EQ(ask(who).cards.back().issued, "2026-11-20");
}

TEST_F(StoreTest, RecordingACardAgainChangesNothing) {
  store.record_card(who, card(kFirstChip, "C1"));
  store.record_card(who, card(kSecondChip, "C2", kFirstChip));
  EXPECT_THAT(store.record_card(who, card(kSecondChip, "C2", kFirstChip)).list(), IsEmpty());
  EXPECT_THAT(store.record_card(who, card(kFirstChip, "C1")).list(), IsEmpty());
  EXPECT_THAT(cards(), ElementsAre("A1 exchanged", "A2 active"));
  EXPECT_THAT(store.record_card(who, card("00000000000000A3", "C2", kFirstChip)).failing_codes(),
              ElementsAre("CARD_CASE_CONFLICT"));
}

TEST_F(StoreTest, ARefusedCardLeavesTheOldOneActive) {
  store.record_card(who, card(kFirstChip, "C1"));
  EXPECT_THAT(store.record_card(who, card(kSecondChip, "C2")).failing_codes(), ElementsAre("LIVE_CARD"));
  EXPECT_THAT(store.record_card(who, card(kSecondChip, "C2", "00000000000000FF")).failing_codes(),
              ElementsAre("CARD_NOT_FOUND"));
  EXPECT_THAT(store.record_card(who, card(kFirstChip, "C2", kFirstChip)).failing_codes(),
              ElementsAre("CARD_SERIAL_TAKEN"));
  CardEntry early = card(kSecondChip, "C2", kFirstChip);
  early.issued = base::make_date(2026, 11, 24);
  EXPECT_THAT(store.record_card(who, early).failing_codes(), ElementsAre("CARD_ISSUED_IN_FUTURE"));
  EXPECT_THAT(store.record_card(nobody, card(kSecondChip, "C2")).failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
  EXPECT_THAT(cards(), ElementsAre("A1 active"));
}

TEST_F(StoreTest, NoCardBecomesActiveForTheDeadOrForForeigners) {
  store.record_event(who, {EventKind::Death, base::make_date(2026, 11, 1)});
  store.record_event(who, {EventKind::NationalityLost, base::make_date(2026, 10, 1)});
  EXPECT_THAT(store.record_card(who, card(kFirstChip, "C1")).failing_codes(),
              ElementsAre("NOT_A_CITIZEN", "PERSON_DEAD"));
}

TEST_F(StoreTest, ALostCardStaysLostWhenItIsReplaced) {
  store.record_card(who, card(kFirstChip, "C1"));
  EXPECT_THAT(store.set_card_status(who, kFirstChip, "lost").list(), IsEmpty());
  EXPECT_THAT(store.set_card_status(who, kFirstChip, "lost").list(), IsEmpty());
  EXPECT_THAT(store.set_card_status(who, kFirstChip, "revoked").failing_codes(), ElementsAre("CARD_NOT_ACTIVE"));
  EXPECT_THAT(store.set_card_status(who, kSecondChip, "lost").failing_codes(), ElementsAre("CARD_NOT_FOUND"));
  store.record_card(who, card(kSecondChip, "C2", kFirstChip));
  EXPECT_THAT(cards(), ElementsAre("A1 lost", "A2 active"));
}

TEST_F(StoreTest, OneCaseIsOpenOnANumber) {
  EXPECT_THAT(store.open_case(who, "C1").list(), IsEmpty());
  EXPECT_THAT(store.open_case(who, "C1").list(), IsEmpty());
  EXPECT_EQ(ask(who, "C1").open_case, "");
  EXPECT_EQ(ask(who, "C2").open_case, "C1");
  EXPECT_THAT(store.open_case(who, "C2").failing_codes(), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(store.close_case(who, "C2").failing_codes(), ElementsAre("OPEN_CASE"));
  EXPECT_THAT(store.open_case(nobody, "C3").failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
  EXPECT_THAT(store.close_case(nobody, "C3").failing_codes(), ElementsAre("PERSON_NOT_FOUND"));
  add(test::person("001090990002"));
  EXPECT_THAT(store.open_case(test::number("001090990002"), "C1").failing_codes(), ElementsAre("CASE_CONFLICT"));
  EXPECT_THAT(store.close_case(who, "C1").list(), IsEmpty());
  EXPECT_THAT(store.close_case(who, "C1").list(), IsEmpty());
  EXPECT_EQ(ask(who, "C2").open_case, "");
}

TEST_F(StoreTest, AddsOnlyInsideATransaction) {
  base::Findings findings;
  EXPECT_DEATH(store.add(test::person("001090990003"), findings), "inside a transaction");
}

TEST(ChipSerialTest, IsSixteenHexadecimalDigits) {
  EXPECT_EQ(registry::parse_chip_serial("00000000000000ab"), "00000000000000AB");
  for (const char* const other : {"", "AB", "00000000000000A", "00000000000000AG", "00000000000000AB00"}) {
    EXPECT_FALSE(registry::parse_chip_serial(other)) << other;
  }
}

}  // namespace
