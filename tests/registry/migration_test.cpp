#include <gmock/gmock.h>

#include "issuance/registry/schema.h"
#include "tests/registry/people.h"

namespace {

using testing::ElementsAre;
using testing::SizeIs;

// A register as the first release left it.
class MigrationTest : public testing::Test {
 protected:
  void SetUp() override {
    db::Connection old = db::Connection::open(folder / "registry.db", db::Mode::Create);
    old.migrate(registry::migrations().first(1), clock);
    old.execute(
        "INSERT INTO persons VALUES(1090990001, 'Đặng Văn Mẫu', '1990-01-01', 'Nam', 'Việt Nam', 'Kinh', 'Không', '', "
        "'',"
        " '', '', '', '', '', 79090990009);"
        "INSERT INTO events VALUES(1090990001, 'death', '2026-05-01', '2026-05-02T00:00:00Z');"
        "INSERT INTO cards VALUES(1, 1090990001, '00000000000000A1', 'C1', '2021-05-01', 'active', 'exchanged',"
        " '2024-05-01', '', '2021-05-01T00:00:00Z'), (2, 1090990001, '00000000000000A2', 'C2', '2024-05-01', 'active',"
        " 'active', '2024-05-01', '00000000000000A1', '2024-05-01T00:00:00Z');"
        "INSERT INTO open_cases VALUES(1090990001, 'C3', '2026-01-01T00:00:00Z');"
        "INSERT INTO reads VALUES(1, 1090990001, 'C3', 'issuance', 'station', '2026-01-01T00:00:00Z', 'salt', 0);");
  }
  test::Folder folder;
  base::FixedClock clock{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::hours{3}};
};

TEST_F(MigrationTest, EverythingOfTheFirstReleaseIsThere) {
  registry::Store store = registry::Store::open(folder / "registry.db", clock);
  const auto who = test::number("001090990001");
  const auto record = store.find(who);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->person.full_name, "Đặng Văn Mẫu");
  EXPECT_FALSE(record->alive);
  EXPECT_EQ(record->open_case, "C3");
  ASSERT_THAT(record->cards, SizeIs(2));
  EXPECT_EQ(record->cards[0].status, "exchanged");
  EXPECT_EQ(record->cards[1].chip_serial, "00000000000000A2");
  EXPECT_TRUE(store.find(who, base::make_date(2026, 4, 30))->alive);
  EXPECT_EQ(store.standing(test::number("079090990009")).replaced_by, who.text());
  EXPECT_THAT(store.search({"dang mau", std::nullopt}, 10), ElementsAre(who));
}

TEST_F(MigrationTest, WhatWasUniqueStaysSo) {
  registry::Store store = registry::Store::open(folder / "registry.db", clock);
  base::Findings findings;
  const auto other = test::person("001090990002");
  store.register_person(other, findings);
  EXPECT_THAT(store.record_card(other.number, {"00000000000000A1", "C9", base::make_date(2026, 1, 1), "active", ""})
                  .failing_codes(),
              ElementsAre("CARD_SERIAL_TAKEN"));
  EXPECT_THAT(store.open_case(other.number, "C3").failing_codes(), ElementsAre("CASE_CONFLICT"));
  EXPECT_THAT(store.open_case(other.number, "C1").failing_codes(), ElementsAre("CASE_CONFLICT"));
}

TEST_F(MigrationTest, TheLooksOfBeforeTheBookOfAccessesAreKeptHereNoMore) {
  registry::Store store = registry::Store::open(folder / "registry.db", clock);
  auto named = store.database().prepare("SELECT name FROM sqlite_master WHERE name LIKE 'reads%'");
  EXPECT_FALSE(named.step());
}

}  // namespace
