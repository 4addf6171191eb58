#include "issuance/registry/sample.h"

#include <gmock/gmock.h>

#include <set>

#include "issuance/registry/person_check.h"
#include "pki/base/core/error.h"
#include "pki/base/text/text.h"
#include "tests/registry/people.h"

namespace {

class SampleTest : public test::RegistryTest {
 protected:
  std::vector<registry::Record> all() {
    std::vector<registry::Record> out;
    db::Connection reader = db::Connection::open(folder / "registry.db", db::Mode::ReadOnly);
    db::Statement rows = reader.prepare("SELECT printf('%012d', number) FROM persons ORDER BY number");
    while (rows.step()) out.push_back(*store.find(test::number(rows.text(0))));
    return out;
  }
};

TEST_F(SampleTest, EveryPersonPassesTheRulesOfTheImport) {
  make_sample(store, 2000, 1, clock);
  const auto persons = all();
  ASSERT_EQ(persons.size(), 2000U);
  for (const auto& record : persons) {
    const document::Person& p = record.person;
    EXPECT_EQ(p.number.sex(), p.sex);
    EXPECT_EQ(p.number.birth_year(), static_cast<int>(p.birth.year()));
    EXPECT_TRUE(document::province_name(p.number.province()));
    EXPECT_EQ(p.number.text().substr(6, 2), "99");
    EXPECT_LE(p.birth, clock.today());
    EXPECT_LE(base::age_at(p.birth, clock.today()), 95);
    for (const std::string& text : {p.full_name, p.residence, p.place_of_origin, p.place_of_birth, p.ethnicity,
                                    p.religion, p.nationality, p.mother}) {
      EXPECT_TRUE(!text.empty() && text::is_nfc(text) && text::is_plain_line(text)) << text;
    }
  }
}

TEST_F(SampleTest, TheRolesAreWhatTheySay) {
  const auto roles = make_sample(store, 100, 2, clock).roles;
  const auto find = [&](const std::optional<std::string>& number) { return *store.find(test::number(number.value())); };
  const auto age = [&](const registry::Record& record) { return base::age_at(record.person.birth, clock.today()); };
  const auto adult = find(roles.adult);
  EXPECT_TRUE(adult.alive && adult.citizen && adult.cards.empty());
  EXPECT_TRUE(age(adult) >= 20 && age(adult) <= 55);
  EXPECT_GE(age(find(roles.no_expiry)), 61);
  EXPECT_TRUE(find(roles.no_expiry).alive && find(roles.no_expiry).cards.empty());
  EXPECT_TRUE(age(find(roles.child)) >= 7 && age(find(roles.child)) <= 12);
  EXPECT_FALSE(find(roles.dead).alive);
  EXPECT_FALSE(find(roles.foreigner).citizen);
  EXPECT_TRUE(find(roles.foreigner).alive);
  ASSERT_EQ(find(roles.holder).cards.size(), 1U);
  EXPECT_EQ(find(roles.holder).cards[0].status, "active");
}

TEST_F(SampleTest, TheSameSeedGivesTheSameCitizens) {
  make_sample(store, 300, 42, clock);
  const test::Folder other_folder;
  registry::Store other = registry::Store::create(other_folder / "registry.db", clock);
  make_sample(other, 300, 42, clock);
  for (const auto& record : all()) {
    const auto twin = other.find(record.person.number);
    ASSERT_TRUE(twin);
    EXPECT_EQ(twin->person, record.person);
    EXPECT_EQ(twin->cards, record.cards);
  }
  const test::Folder third_folder;
  registry::Store third = registry::Store::create(third_folder / "registry.db", clock);
  make_sample(third, 300, 43, clock);
  EXPECT_FALSE(third.find(all().front().person.number));
}

TEST_F(SampleTest, HoldsEveryLetterWithEveryTone) {
  make_sample(store, 5000, 3, clock);
  std::string everything;
  for (const auto& record : all())
    everything += record.person.full_name + record.person.residence + record.person.mother;
  for (const char* const letter :
       {"à", "á", "ả", "ã", "ạ", "ă", "ằ", "ắ", "ẳ", "ẵ", "ặ", "â", "ầ", "ấ", "ẩ", "ẫ", "ậ", "è", "é",
        "ẻ", "ẽ", "ẹ", "ê", "ề", "ế", "ể", "ễ", "ệ", "ì", "í", "ỉ", "ĩ", "ị", "ò", "ó", "ỏ", "õ", "ọ",
        "ô", "ồ", "ố", "ổ", "ỗ", "ộ", "ơ", "ờ", "ớ", "ở", "ỡ", "ợ", "ù", "ú", "ủ", "ũ", "ụ", "ư", "ừ",
        "ứ", "ử", "ữ", "ự", "ỳ", "ý", "ỷ", "ỹ", "ỵ", "đ", "Đ", "Ẳ", "Ỷ", "Ý", "Ứ", "Ổ"}) {
    EXPECT_NE(everything.find(letter), std::string::npos) << letter;
  }
}

TEST_F(SampleTest, SomeAreDeadForeignOldOrHoldACard) {
  make_sample(store, 1000, 4, clock);
  int dead = 0, foreign = 0, holders = 0, old_ids = 0, spouses = 0;
  for (const auto& record : all()) {
    dead += record.alive ? 0 : 1;
    foreign += record.citizen ? 0 : 1;
    holders += record.cards.empty() ? 0 : 1;
    old_ids += record.person.old_id.empty() ? 0 : 1;
    spouses += record.person.spouse.empty() ? 0 : 1;
  }
  EXPECT_TRUE(dead > 5 && dead < 60) << dead;
  EXPECT_TRUE(foreign > 1 && foreign < 30) << foreign;
  EXPECT_TRUE(holders > 200 && holders < 600) << holders;
  EXPECT_GT(old_ids, 100);
  EXPECT_GT(spouses, 200);
}

TEST_F(SampleTest, SmallSamplesAndEmptyOnesAreFine) {
  const auto none = make_sample(store, 0, 1, clock);
  EXPECT_EQ(none.persons, 0);
  EXPECT_FALSE(none.roles.adult);
  const auto one = make_sample(store, 1, 1, clock);
  EXPECT_TRUE(one.roles.adult);
  EXPECT_FALSE(one.roles.holder);
}

TEST_F(SampleTest, IsNeverMixedWithWhoIsThere) {
  add(test::person());
  EXPECT_THROW(make_sample(store, 10, 1, clock), base::Error);
  EXPECT_EQ(store.count(), 1);
}

}  // namespace
