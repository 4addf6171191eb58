#include <gmock/gmock.h>

#include "issuance/registry/folded.h"
#include "tests/registry/people.h"

namespace {

using registry::Duplicate;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SearchTest : public test::RegistryTest {
 protected:
  void named(const std::string& digits, const std::string& name, base::Date birth = base::make_date(1990, 1, 1)) {
    document::Person p = test::person(digits);
    p.full_name = name;
    p.birth = birth;
    EXPECT_THAT(add(p).failing_codes(), IsEmpty());
  }
  std::vector<std::string> search(const std::string& name, std::optional<base::Date> birth = std::nullopt,
                                  int limit = 10) {
    std::vector<std::string> out;
    for (const auto& found : store.search({name, birth}, limit)) out.push_back(found.text());
    return out;
  }
};

TEST_F(SearchTest, CaseMarksAndOrderDoNotMatter) {
  named("001090990001", "Đặng Thị Thử");
  named("001090990002", "Đặng Văn Thử");
  for (const char* const text : {"Đặng Thị Thử", "dang thi thu", "THU THI DANG", "đặng  THỊ", "Thị"})
    EXPECT_THAT(search(text), ElementsAre("001090990001")) << text;
  EXPECT_THAT(search("dang"), ElementsAre("001090990001", "001090990002"));
  EXPECT_THAT(search("dang", std::nullopt, 1), ElementsAre("001090990001"));
  EXPECT_THAT(search("dan"), IsEmpty()) << "a part of a word is no word";
}

TEST_F(SearchTest, PunctuationIsNoPartOfAWord) {
  named("001090990001", "H' Hen Niê");
  named("001090990002", "Nguyễn Văn A-Lê");
  EXPECT_THAT(search("h hen nie"), ElementsAre("001090990001"));
  EXPECT_THAT(search("H'Hen"), ElementsAre("001090990001"));
  EXPECT_THAT(search("a le"), ElementsAre("001090990002"));
}

TEST_F(SearchTest, WhatLooksLikeAQueryIsOnlyWords) {
  named("001090990001", "Nguyễn Văn Mẫu");
  for (const char* const text : {"nguyen OR tran", "nguyen NOT van", "nguyen*", "\"nguyen\" --", "folded:nguyen",
                                 "nguyen'); DROP TABLE persons; --"}) {
    store.search({text, std::nullopt}, 10);
    EXPECT_EQ(store.count(), 1) << text;
  }
  EXPECT_THAT(search("nguyen OR tran"), IsEmpty());
  EXPECT_THAT(search("nguyen*"), ElementsAre("001090990001"));
  EXPECT_FALSE(registry::is_searchable("''--"));
  EXPECT_FALSE(registry::is_searchable("\xC0"));
}

TEST_F(SearchTest, ABirthdayNarrows) {
  named("001090990001", "Nguyễn Văn Mẫu");
  named("001090990002", "Nguyễn Văn Mẫu", base::make_date(1992, 2, 29));
  EXPECT_THAT(search("mau", base::make_date(1992, 2, 29)), ElementsAre("001090990002"));
  EXPECT_THAT(search("khac", base::make_date(1992, 2, 29)), IsEmpty());
}

TEST_F(SearchTest, ACorrectedNameIsFoundAndTheOldOneIsNot) {
  named("001090990001", "Nguyễn Văn Mẫu");
  store.record_event(test::number("001090990001"), {registry::EventKind::NameCorrected,
                                                    base::make_date(2020, 1, 1),
                                                    "",
                                                    "",
                                                    {{"full_name", {std::nullopt, "Lê Đức Khác"}}},
                                                    "",
                                                    {}});
  EXPECT_THAT(search("le duc"), ElementsAre("001090990001"));
  EXPECT_THAT(search("nguyen"), IsEmpty());
}

TEST(FoldedTest, OneEditIsOneLetterOrTwoNeighbours) {
  using registry::one_edit_apart;
  for (const auto& [one, other] : std::vector<std::pair<const char*, const char*>>{{"nguyen", "nguyn"},
                                                                                   {"nguyen", "nguyeen"},
                                                                                   {"nguyen", "nguyan"},
                                                                                   {"nguyen", "ngyuen"},
                                                                                   {"a", "b"},
                                                                                   {"a", "ab"},
                                                                                   {"van an", "vanan"},
                                                                                   {"nguyen", "nguyne"}}) {
    EXPECT_TRUE(one_edit_apart(one, other)) << one << " " << other;
    EXPECT_TRUE(one_edit_apart(other, one)) << one << " " << other;
  }
  for (const auto& [one, other] : std::vector<std::pair<const char*, const char*>>{
           {"nguyen", "nguyen"}, {"nguyen", "nguy"}, {"nguyen", "gnuyne"}, {"nguyen", "nyugen"}, {"abc", "bca"}}) {
    EXPECT_FALSE(one_edit_apart(one, other)) << one << " " << other;
    EXPECT_FALSE(one_edit_apart(other, one)) << one << " " << other;
  }
  EXPECT_TRUE(registry::same_words("nguyen van an", "an nguyen van"));
  EXPECT_FALSE(registry::same_words("an an van", "an van van"));
}

class DuplicateTest : public SearchTest {
 protected:
  void SetUp() override { add(who); }
  // The one duplicate of `who` that this other person is, "" for none.
  std::string seen_as(const std::function<void(document::Person&)>& change) {
    document::Person p = test::person("079090990002");
    change(p);
    EXPECT_THAT(add(p).failing_codes(), IsEmpty());
    const auto found = store.duplicates_of(who);
    return found.empty() ? "" : found.at(0).kind + " " + found.at(0).why;
  }
  std::string state() { return store.duplicates_of(who).at(0).state; }
  const document::Person who = test::person("001090990001");
};

TEST_F(DuplicateTest, TheSameInEverythingIsTheSame) {
  EXPECT_EQ(seen_as([](auto&) {}), "same same");
}
TEST_F(DuplicateTest, OneLetterIsNear) {
  EXPECT_EQ(seen_as([](auto& p) { p.full_name = "Nguyễn Văn Mẫn"; }), "near name-edit");
}
TEST_F(DuplicateTest, OtherMarksAreNear) {
  EXPECT_EQ(seen_as([](auto& p) { p.full_name = "Nguyễn Vân Mậu"; }), "near writing");
}
TEST_F(DuplicateTest, WordsInAnotherOrderAreNear) {
  EXPECT_EQ(seen_as([](auto& p) { p.full_name = "Nguyễn Mẫu Văn"; }), "near word-order");
}
TEST_F(DuplicateTest, TwoEditsAreAnotherPerson) {
  EXPECT_EQ(seen_as([](auto& p) { p.full_name = "Nguyễn Văm Mẫn"; }), "");
}
TEST_F(DuplicateTest, OtherParentsAreAnotherPerson) {
  EXPECT_EQ(seen_as([](auto& p) { p.mother = "Trần Thị Khác"; }), "");
}
TEST_F(DuplicateTest, AnotherBirthdayIsAnotherPerson) {
  EXPECT_EQ(seen_as([](auto& p) { p.birth = base::make_date(1990, 1, 2); }), "");
}

TEST_F(DuplicateTest, DayAndMonthExchangedAreNear) {
  document::Person one = test::person("001090990005"), other = test::person("001090990006");
  one.full_name = other.full_name = "Lê Thị Hai";
  one.birth = base::make_date(1990, 3, 12);
  other.birth = base::make_date(1990, 12, 3);
  add(one);
  add(other);
  const auto found = store.duplicates_of(one);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].why, "day-and-month");
}

TEST_F(DuplicateTest, TwoOfficersOfOneMindCloseAPair) {
  seen_as([](auto&) {});
  const auto other = test::number("079090990002");
  EXPECT_THAT(store.open_pairs(10), IsEmpty());
  EXPECT_EQ(store.answer(other, "C1", "issuance", random).duplicates.at(0), (document::SeeminglySame{"same", "open"}));
  ASSERT_THAT(store.open_pairs(10), SizeIs(1));
  store.answer(who.number, "C1", "issuance", random);
  ASSERT_THAT(store.open_pairs(10), SizeIs(1)) << "one pair, from whichever side it is seen";
  const std::string pair = store.open_pairs(10)[0].id;
  const auto decide = [&](const char* decision, const char* officer) {
    return store.decide_pair(pair, decision, officer).failing_codes();
  };
  EXPECT_THAT(decide("different-persons", "officer-a"), IsEmpty());
  EXPECT_THAT(decide("different-persons", "officer-a"), IsEmpty());
  EXPECT_EQ(state(), "open") << "the same officer twice is one";
  EXPECT_THAT(decide("same-person", "officer-b"), IsEmpty());
  EXPECT_EQ(state(), "open") << "two minds close nothing";
  EXPECT_THAT(decide("needs-field-check", "officer-c"), IsEmpty());
  EXPECT_THAT(decide("needs-field-check", "officer-d"), IsEmpty());
  EXPECT_EQ(state(), "open") << "a field check is no decision";
  const auto versions = [&] { return store.standing(who.number).version + store.standing(other).version; };
  const auto before = versions();
  EXPECT_THAT(decide("different-persons", "officer-b"), IsEmpty());
  EXPECT_EQ(state(), "different-persons");
  EXPECT_EQ(versions(), before + 2) << "cases on both numbers may go on";
  EXPECT_THAT(decide("same-person", "officer-e"), ElementsAre("PAIR_DECIDED"));
  EXPECT_THAT(store.decide_pair("p0", "same-person", "officer-a").failing_codes(), ElementsAre("PAIR_NOT_FOUND"));
  EXPECT_THAT(store.open_pairs(10), IsEmpty());
}

}  // namespace
