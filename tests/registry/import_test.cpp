#include "issuance/registry/import.h"

#include <gmock/gmock.h>

#include <future>
#include <sstream>

#include "issuance/registry/person_check.h"
#include "pki/base/core/error.h"
#include "tests/registry/people.h"

namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kHeader =
    "number,full_name,birth,sex,nationality,ethnicity,religion,place_of_origin,place_of_birth,residence,father,mother,"
    "spouse,old_id,cancelled_number,died,nationality_lost\n";
constexpr const char* kGood =
    "001090990001,Nguyễn Văn Mẫu,1990-01-01,Nam,Việt Nam,Kinh,Không,\"Xã Thử, Hà Nội\",\"Xã Thử, Hà Nội\",\"Số 1, "
    "phường "
    "Mẫu, Hà Nội\",Nguyễn Văn Cha,Trần Thị Mẹ,,012345678,,,\n";

class ImportTest : public test::RegistryTest {
 protected:
  registry::ImportTotals import(const std::string& text, std::int64_t batch = registry::kImportBatch) {
    std::istringstream in(text);
    reports.clear();
    return registry::import_persons(in, store, clock,
                                    [&](std::size_t line, const base::Finding& f) {
                                      reports.push_back(std::to_string(line) + " " + f.where + " " + f.code);
                                      texts += f.text;
                                    },
                                    {.format = format, .source = 0, .batch = batch});
  }
  // The good line with one field exchanged.
  static std::string with(const std::string& old_text, const std::string& new_text) {
    std::string line = kGood;
    line.replace(line.find(old_text), old_text.size(), new_text);
    return line;
  }
  registry::ImportFormat format = registry::ImportFormat::Csv;
  std::vector<std::string> reports;
  std::string texts;
};

TEST_F(ImportTest, TakesInAGoodLine) {
  const auto totals = import(std::string(kHeader) + kGood);
  EXPECT_EQ(totals.read, 1);
  EXPECT_EQ(totals.added, 1);
  EXPECT_EQ(totals.refused, 0);
  EXPECT_THAT(reports, IsEmpty());
  const auto record = store.find(test::number("001090990001"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->person, test::person());
  EXPECT_TRUE(record->alive && record->citizen);
}

TEST_F(ImportTest, RepeatingItChangesNothing) {
  import(std::string(kHeader) + kGood);
  const auto totals = import(std::string(kHeader) + kGood + kGood);
  EXPECT_EQ(totals.added, 0);
  EXPECT_EQ(totals.unchanged, 2);
  EXPECT_EQ(store.count(), 1);
}

TEST_F(ImportTest, EveryFieldIsCheckedAndTheGoodLinesStay) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {with("001090990001", "00109099000"), "number NUMBER_MALFORMED"},
      {with("001090990001", "00109099000x"), "number NUMBER_MALFORMED"},
      {with("001090990001", ""), "number NUMBER_MALFORMED"},
      {with("Nguyễn Văn Mẫu", ""), "full_name FIELD_EMPTY"},
      {with("Nguyễn Văn Mẫu", "Nguye\u0302\u0303n Văn Mẫu"), "full_name FIELD_NOT_NFC"},
      {with("Nguyễn Văn Mẫu", "Nguy\xC0n"), "full_name FIELD_NOT_UTF8"},
      {with("Nguyễn Văn Mẫu", "Nguyễn|Văn"), "full_name FIELD_CHARACTER"},
      {with("Nguyễn Văn Mẫu", "\"Nguyễn\nVăn\""), "full_name FIELD_CHARACTER"},
      {with("Nguyễn Văn Mẫu", "Nguyễn\u202EVăn"), "full_name FIELD_CHARACTER"},
      {with("Nguyễn Văn Mẫu", " Nguyễn Văn"), "full_name FIELD_BLANKS"},
      {with("Nguyễn Văn Mẫu", "Nguyễn  Văn"), "full_name FIELD_BLANKS"},
      {with("Nguyễn Văn Mẫu", std::string(161, 'A')), "full_name FIELD_TOO_LONG"},
      {with("1990-01-01", "1990-02-30"), "birth BIRTH_MALFORMED"},
      {with("1990-01-01", "01/01/1990"), "birth BIRTH_MALFORMED"},
      {with("1990-01-01", "2026-11-24"), "birth BIRTH_IN_FUTURE"},
      {with(",Nam,", ",nam,"), "sex SEX_MALFORMED"},
      {with("Việt Nam", ""), "nationality FIELD_EMPTY"},
      {with("012345678", "12345678"), "old_id OLD_ID_MALFORMED"},
      {with("012345678,", "012345678,123"), "cancelled_number CANCELLED_NUMBER_MALFORMED"},
      {with("012345678,", "012345678,001090990001"), "cancelled_number CANCELLED_NUMBER_MALFORMED"},
      {with("012345678,,", "012345678,,1989-12-31"), "died EVENT_DATE"},
      {with("012345678,,", "012345678,,2026-11-24"), "died EVENT_DATE"},
      {with("012345678,,,", "012345678,,,2020-02-30"), "nationality_lost EVENT_DATE"},
      {with("Kinh,", ""), "line CSV_FIELD_COUNT"},
      {with("Kinh", "Ki\"nh"), "line CSV_MALFORMED"},
      {"\n", "line CSV_FIELD_COUNT"},
  };
  for (const auto& [line, code] : cases) {
    const auto totals = import(kHeader + line + with("001090990001", "001090990002"));
    EXPECT_EQ(totals.refused, 1) << code;
    EXPECT_TRUE(reports.size() >= 1 && reports[0] == "2 " + code)
        << code << " " << (reports.empty() ? "-" : reports[0]);
  }
  EXPECT_EQ(store.count(), 1);  // the second line of each
  EXPECT_THAT(texts, Not(HasSubstr("0990")));
  EXPECT_THAT(texts, Not(HasSubstr("Nguy")));
}

TEST_F(ImportTest, ALineWithSeveralFaultsNamesThemAll) {
  import(std::string(kHeader) + "1,,x,y,,,,,,,,,,,,,\n");
  EXPECT_THAT(reports, ElementsAre("2 number NUMBER_MALFORMED", "2 birth BIRTH_MALFORMED", "2 sex SEX_MALFORMED",
                                   "2 full_name FIELD_EMPTY", "2 nationality FIELD_EMPTY"));
}

TEST_F(ImportTest, ANumberThatContradictsThePersonIsKeptWithAWarning) {
  const auto totals = import(kHeader + with(",Nam,", ",Nữ,") + with("001090990001", "001091990002") +
                             with("001090990001", "003090990003") + with("001090990001", "215090990004"));
  EXPECT_EQ(totals.added, 4);
  EXPECT_EQ(totals.warned, 3);
  EXPECT_THAT(reports, ElementsAre("2 number NUMBER_SEX_MISMATCH", "3 number NUMBER_BIRTH_MISMATCH",
                                   "4 number PROVINCE_UNKNOWN"));
}

TEST_F(ImportTest, ANumberIsNeverGivenToAnotherPerson) {
  const std::string cancels_0009 = with("012345678,", "012345678,001090990009");
  import(kHeader + cancels_0009);
  const auto totals = import(kHeader + with("Nguyễn Văn Mẫu", "Trần Văn Khác") + with("001090990001", "001090990009"));
  EXPECT_EQ(totals.refused, 2);
  EXPECT_THAT(reports, ElementsAre("2 number NUMBER_TAKEN", "3 number NUMBER_CANCELLED"));
  std::string live = with("012345678,", "012345678,001090990001");
  live.replace(0, 12, "001090990003");
  std::string taken = cancels_0009;
  taken.replace(0, 12, "001090990004");
  import(kHeader + live + taken + cancels_0009);
  EXPECT_THAT(reports,
              ElementsAre("2 cancelled_number CANCELLED_NUMBER_LIVE", "3 cancelled_number CANCELLED_NUMBER_TAKEN"));
  EXPECT_EQ(store.count(), 1);
}

TEST_F(ImportTest, EventsComeWithTheirDays) {
  import(kHeader + with("012345678,,", "012345678,,2020-05-01"));
  EXPECT_FALSE(store.find(test::number("001090990001"))->alive);
  EXPECT_EQ(import(kHeader + with("012345678,,", "012345678,,2020-05-01")).unchanged, 1);
  EXPECT_EQ(import(kHeader + with("012345678,,", "012345678,,2020-05-02")).refused, 1);
  EXPECT_THAT(reports, ElementsAre("2 death EVENT_CONFLICT"));
}

TEST_F(ImportTest, BatchesOfAnySizeGiveTheSameRegister) {
  std::string text = kHeader;
  for (int i = 0; i < 25; ++i) text += with("001090990001", "0010909900" + std::to_string(10 + i));
  EXPECT_EQ(import(text, 7).added, 25);
  EXPECT_EQ(import(text, 1).unchanged, 25);
  EXPECT_EQ(store.count(), 25);
}

TEST_F(ImportTest, ACrashLeavesWholeBatchesAndARepetitionCompletes) {
  struct Crash {};
  std::string text = kHeader;
  for (int i = 0; i < 10; ++i) {
    text += with("001090990001", "0010909900" + std::to_string(10 + i));
    if (i == 4) text += with("Nguyễn Văn Mẫu", "");
  }
  std::istringstream in(text);
  EXPECT_THROW(registry::import_persons(in, store, clock, [](std::size_t, const base::Finding&) { throw Crash{}; },
                                        {.format = registry::ImportFormat::Csv, .source = 0, .batch = 4}),
               Crash);
  EXPECT_EQ(store.count(), 7);
  const auto totals = import(text, 4);
  EXPECT_EQ(totals.unchanged, 7);
  EXPECT_EQ(totals.added, 3);
}

TEST_F(ImportTest, AHeaderThatIsNotOursIsRefusedBeforeAnythingIsRead) {
  for (const char* const header : {"", "number\n", "number,full_name,birth,sex,nationality,age\n",
                                   "number,full_name,birth,sex,nationality,sex\n", "a\"b\n"}) {
    EXPECT_THROW(import(header), base::Error) << header;
  }
}

TEST_F(ImportTest, ColumnsMayStandInAnyOrderAndOptionalOnesMayMiss) {
  EXPECT_EQ(
      import("sex,birth,number,nationality,full_name\nNam,1990-01-01,001090990001,Việt Nam,Nguyễn Văn Mẫu\n").added, 1);
  EXPECT_EQ(store.find(test::number("001090990001"))->person.residence, "");
}

class JsonImportTest : public ImportTest {
 protected:
  void SetUp() override { format = registry::ImportFormat::JsonLines; }
};

TEST_F(JsonImportTest, TakesInTheSamePersonAsCsv) {
  const auto totals = import(
      R"({"number":"001090990001","full_name":"Nguyễn Văn Mẫu","birth":"1990-01-01","sex":"Nam","nationality":"Việt Nam",)"
      R"("ethnicity":"Kinh","religion":"Không","place_of_origin":"Xã Thử, Hà Nội","place_of_birth":"Xã Thử, Hà Nội",)"
      R"("residence":"Số 1, phường Mẫu, Hà Nội","father":"Nguyễn Văn Cha","mother":"Trần Thị Mẹ","old_id":"012345678"})"
      "\n");
  EXPECT_EQ(totals.added, 1) << (reports.empty() ? "" : reports[0]);
  EXPECT_EQ(store.person(test::number("001090990001")), test::person());
}

TEST_F(JsonImportTest, EveryBadLineIsReportedAndTheGoodOnesStay) {
  const std::string good =
      R"({"number":"001090990002","full_name":"Nguyễn Văn Hai","birth":"1992-02-29","sex":"Nam","nationality":"Việt Nam"})";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "line JSON_MALFORMED"},
      {"[]", "line JSON_MALFORMED"},
      {R"({"number":1090990001})", "line JSON_MALFORMED"},
      {R"({"number":"001090990001")", "line JSON_MALFORMED"},
      {R"({"number":"001090990001","number":"001090990002"})", "line JSON_MALFORMED"},
      {"{\"full_name\":\"Nguy\xC0n\"}", "line JSON_MALFORMED"},
      {"{\"full_name\":\"" + std::string(70'000, 'a') + "\"}", "line JSON_MALFORMED"},
      {R"({"age":"12"})", "line FIELD_UNKNOWN"},
      {R"({"number":"001090990001","full_name":"A\u202EB","birth":"1990-01-01","sex":"Nam","nationality":"Việt Nam"})",
       "full_name FIELD_CHARACTER"},
      {R"({"number":"001090990001","full_name":"A\u200BB","birth":"1990-01-01","sex":"Nam","nationality":"Việt Nam"})",
       "full_name FIELD_CHARACTER"},
      {R"({"number":"001090990001","full_name":"A","birth":"1990-02-29","sex":"Nam","nationality":"Việt Nam"})",
       "birth BIRTH_MALFORMED"},
  };
  for (const auto& [line, code] : cases) {
    const auto totals = import(line + "\n" + good);
    EXPECT_EQ(totals.refused, 1) << code;
    ASSERT_FALSE(reports.empty()) << code;
    EXPECT_EQ(reports[0], "1 " + code);
  }
  EXPECT_EQ(store.count(), 1);
  EXPECT_THAT(texts, Not(HasSubstr("0990")));
}

// Each writes whole batches while the other reads on.
TEST_F(ImportTest, TwoImportsAtOnceGiveOneRegister) {
  std::string text = kHeader;
  for (int i = 0; i < 300; ++i) text += with("001090990001", "001090990" + std::to_string(100 + i));
  registry::Store second = place.open(folder / "registry.db", clock);
  const auto import_into = [&](registry::Store& into) {
    std::istringstream in(text);
    return registry::import_persons(in, into, clock, [](std::size_t, const base::Finding&) {},
                                    {.format = format, .source = 0, .batch = 7});
  };
  auto other = std::async(std::launch::async, [&] { return import_into(second); });
  const auto mine = import_into(store);
  const auto theirs = other.get();
  EXPECT_EQ(mine.refused + theirs.refused, 0);
  EXPECT_EQ(mine.added + theirs.added, 300);
  EXPECT_EQ(mine.unchanged + theirs.unchanged, 300);
  EXPECT_EQ(store.count(), 300);
}

}  // namespace
